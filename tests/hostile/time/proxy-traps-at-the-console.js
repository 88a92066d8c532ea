// limit wall_ms: 300
// expect status: ok
const loop = () => { for (;;); }; console.log(new Proxy([], { get: loop, ownKeys: loop, getPrototypeOf: loop, getOwnPropertyDescriptor: loop, has: loop })); 1
