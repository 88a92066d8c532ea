// expect status: ok
// expect value: { a: 1 }
for (const k of Object.getOwnPropertyNames(Object)) if (typeof Object[k] === 'function' && k !== 'prototype') Object[k] = () => { throw new Error(k) }; console.log({ b: 1 }); console.table([{ a: 1 }]); ({ a: 1 })
