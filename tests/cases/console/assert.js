// expect console error: Assertion failed: value 1
// expect console error: Assertion failed
// expect console error: Assertion failed: { a: 1 }
// expect value: undefined
console.assert(true, "no"); console.assert(false, "value %d", 1); console.assert(false); console.assert(false, { a: 1 })
