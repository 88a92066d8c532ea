// expect console error: Assertion failed: 3 of 4
// expect console error: Assertion failed: { a: 1 }
// expect console error: Assertion failed
// expect value: undefined
console.assert(false, '%d of %s', 3, 4);
console.assert(0, { a: 1 });
console.assert();
console.assert(true, 'never');
console.assert('text', 'never')
