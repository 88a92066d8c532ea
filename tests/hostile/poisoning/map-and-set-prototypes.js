// expect status: ok
// expect value: Map(1) { 1 => 2 }
const m = new Map([[1, 2]]); for (const C of [Map, Set, WeakMap, WeakSet]) for (const k of Object.getOwnPropertyNames(C.prototype)) if (k !== 'constructor') Object.defineProperty(C.prototype, k, { get() { throw new Error(k) } }); console.count('x'); console.time('y'); console.timeEnd('y'); m
