// limit wall_ms: 20000
// limit cpu_ms: 20000
// expect status: error
const a = []; for (let i = 0; i < 1e6; i++) a.push(a); a.flat(Infinity)
