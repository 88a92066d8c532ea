// expect status: ok
const d = new Date(0); for (const k of Object.getOwnPropertyNames(Date.prototype)) if (k !== 'constructor') Date.prototype[k] = () => { throw new Error(k) }; globalThis.Date = null; console.log(d); console.time('x'); console.timeEnd('x'); 1
