// expect status: ok
// expect value: 3
for (const k of Object.getOwnPropertyNames(globalThis)) try { Object.defineProperty(globalThis, k, { get() { throw 1 }, set() { throw 1 } }) } catch {} 1 + 2
