// limit wall_ms: 300
// expect status: wall_time
let p = {}; for (let i = 0; i < 1000; i++) p = new Proxy(p, { get: (t, k) => t[k] }); for (;;) p.x
