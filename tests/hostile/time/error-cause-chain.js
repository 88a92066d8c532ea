// limit wall_ms: 150
// expect status: wall_time | memory
let e = new Error('0'); for (let i = 0; i < 1e6; i++) e = new Error('x', { cause: e }); throw e
