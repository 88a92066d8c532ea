// expect value: [ 'http://a/', true, true ]
Object.freeze(globalThis);
const before = Object.isFrozen(globalThis);
[new URL("http://a").href, before, Object.getOwnPropertyDescriptor(globalThis, "URL").writable === false]
