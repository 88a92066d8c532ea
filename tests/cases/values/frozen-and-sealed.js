// expect value: [ 1, 2 ]
Object.freeze([1, 2])
