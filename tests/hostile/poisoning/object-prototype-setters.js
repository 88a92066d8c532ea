// expect status: ok
// expect value: { a: 1 }
const define = Object.defineProperty; const make = (k) => ({ __proto__: null, set() { throw new Error('set ' + k) }, get() { throw new Error('get ' + k) }, configurable: true }); const names = ['get', 'set', 'value', 'writable', 'enumerable', 'configurable', 'type', 'level', 'args', 'name', 'message', 'stack', 'cause']; for (let i = 0; i < names.length; i++) define(Object.prototype, names[i], make(names[i])); console.log({ b: 2 }); ({ a: 1 })
