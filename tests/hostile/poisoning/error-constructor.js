// expect status: error
// expect error: TypeError: Cannot read properties of null (reading 'x') (main.js:3:54)
globalThis.Error = globalThis.TypeError = null; null.x
