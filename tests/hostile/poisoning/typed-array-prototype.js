// expect status: ok
const t = new Uint8Array(3); const P = Object.getPrototypeOf(Uint8Array.prototype); for (const k of Object.getOwnPropertyNames(P)) if (k !== 'constructor') Object.defineProperty(P, k, { get() { throw new Error(k) } }); console.log(t); t
