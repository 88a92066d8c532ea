// expect value: { a: 1 }
new Proxy({ a: 1 }, { get() { throw new Error("trapped"); }, ownKeys() { throw new Error("trapped"); } })
