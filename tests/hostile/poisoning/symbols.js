// expect status: ok
// expect value: { a: 1 }
for (const k of ['iterator', 'toPrimitive', 'toStringTag', 'species']) try { Object.defineProperty(Symbol, k, { value: 1 }) } catch {} Object.defineProperty(Object.prototype, Symbol.toPrimitive, { value() { throw new Error('p') } }); Object.defineProperty(Object.prototype, Symbol.iterator, { get() { throw new Error('i') } }); console.log({ b: 1 }); ({ a: 1 })
