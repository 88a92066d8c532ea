// expect status: ok
// expect value: undefined
const before = globalThis.planted; globalThis.planted = 1; before
