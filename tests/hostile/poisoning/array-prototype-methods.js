// expect status: ok
// expect value: [ 1, 2 ]
for (const k of Object.getOwnPropertyNames(Array.prototype)) if (k !== 'length' && k !== 'constructor') Array.prototype[k] = () => { throw new Error(k) }; Array.prototype[Symbol.iterator] = () => { throw new Error('iterator') }; console.log('%s', 'x', [1]); console.table([[1]]); [1, 2]
