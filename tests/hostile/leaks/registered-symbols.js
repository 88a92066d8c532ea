// expect status: ok
// expect value: undefined
const key = Symbol.for('planted'); const before = Array[key]; Array[key] = 1; before
