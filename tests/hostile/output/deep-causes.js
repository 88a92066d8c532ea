// limit wall_ms: 20000
// limit cpu_ms: 20000
// limit output_bytes: 65536
// expect status: error
let e = new Error('x'); for (let i = 0; i < 1e4; i++) e = new Error('y', { cause: e }); throw e
