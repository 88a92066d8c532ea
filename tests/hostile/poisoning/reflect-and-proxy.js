// expect status: ok
// expect value: 1
for (const k of Object.getOwnPropertyNames(Reflect)) Reflect[k] = () => { throw new Error(k) }; globalThis.Proxy = globalThis.Reflect = null; console.log({ a: 1 }, [2]); setTimeout(() => {}, 1); 1
