// expect value: [ 4, 8 ]
[1, 2, 3, 4].values().filter((x) => x % 2 === 0).map((x) => x * 2).toArray()
