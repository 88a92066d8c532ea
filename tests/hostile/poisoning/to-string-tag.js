// expect status: ok
Object.defineProperty(Object.prototype, Symbol.toStringTag, { get() { throw new Error('tag') } }); console.log({}); ({ a: 1 })
