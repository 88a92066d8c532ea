// expect console log: a%b 1 2
// expect console log: 100% x
// expect console log: % 5
// expect console log: %5
// expect console log: NaN -1 3
// expect value: undefined
console.log('a%b', 1, 2);
console.log('100%', 'x');
console.log('%', 5);
console.log('%%%s', 5);
console.log('%d %i %f', 'x', -1.9, '3abc')
