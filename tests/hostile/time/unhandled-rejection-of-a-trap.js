// limit wall_ms: 20000
// limit cpu_ms: 20000
// expect status: error
Promise.reject(new Proxy({}, { get() { for (;;); }, getPrototypeOf() { for (;;); } })); await 1
