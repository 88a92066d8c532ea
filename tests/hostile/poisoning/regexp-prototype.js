// expect status: ok
// expect value: /x/g
const r = /x/g; for (const k of ['exec', 'test', 'flags', 'source', 'global', Symbol.replace, Symbol.match, Symbol.split]) Object.defineProperty(RegExp.prototype, k, { get() { throw new Error(String(k)) } }); console.log('%s', /y/, 'a%sb'); r
