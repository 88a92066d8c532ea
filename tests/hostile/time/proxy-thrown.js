// limit wall_ms: 300
// expect status: error | wall_time
const loop = () => { for (;;); }; throw new Proxy(new Error('x'), { get: loop, ownKeys: loop, getPrototypeOf: loop, getOwnPropertyDescriptor: loop, has: loop })
