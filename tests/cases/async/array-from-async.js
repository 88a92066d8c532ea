// expect value: [ 2, 4 ]
Array.fromAsync([Promise.resolve(1), 2], (x) => x * 2)
