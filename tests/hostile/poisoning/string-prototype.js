// expect status: ok
// expect value: x
for (const k of Object.getOwnPropertyNames(String.prototype)) if (k !== 'length' && k !== 'constructor') String.prototype[k] = () => { throw new Error(k) }; String.prototype[Symbol.iterator] = () => { throw new Error('i') }; console.log('%s%d%i%o', 'a', 1, 2, {}); 'x'
