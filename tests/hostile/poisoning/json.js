// expect status: ok
// expect value: { a: 1 }
JSON.stringify = JSON.parse = () => { throw new Error('JSON') }; globalThis.JSON = null; console.log({ a: 1 }); ({ a: 1 })
