// expect value: [ [Number: 3], [String: 'abc'], [BigInt: 1n] ]
[new Number(3), new String("abc"), Object(1n)]
