// limit wall_ms: 20000
// limit cpu_ms: 20000
// expect status: error
const loop = () => { for (;;); }; throw new Proxy(new Error('x'), { get: loop, ownKeys: loop, getPrototypeOf: loop, getOwnPropertyDescriptor: loop, has: loop })
