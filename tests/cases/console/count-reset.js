// expect console log: a: 1
// expect console log: a: 2
// expect console log: a: 1
// expect console warn: Count for 'b' does not exist
// expect value: undefined
console.count('a');
console.count('a');
console.countReset('a');
console.count('a');
console.countReset('b')
