// limit wall_ms: 20000
// limit cpu_ms: 20000
// expect status: ok
const loop = () => { for (;;); }; new Proxy({}, { get: loop, ownKeys: loop, getPrototypeOf: loop, getOwnPropertyDescriptor: loop, has: loop })
