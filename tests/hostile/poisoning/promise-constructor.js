// expect status: ok
// expect value: 7
globalThis.Promise = class { constructor() { throw new Error('Promise') } }; console.log(1); const f = async () => 7; await f()
