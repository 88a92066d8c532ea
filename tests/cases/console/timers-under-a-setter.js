// expect console error: Assertion failed: 1
// expect console warn: Timer 't' does not exist
// expect value: undefined
Object.defineProperty(Array.prototype, 2, { set() { throw 1; }, configurable: true }); console.assert(false, 1); console.timeEnd("t")
