// limit wall_ms: 300
// expect status: error | wall_time
Promise.reject(new Proxy({}, { get() { for (;;); }, getPrototypeOf() { for (;;); } })); await 1
