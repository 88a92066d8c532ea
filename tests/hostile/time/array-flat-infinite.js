// limit wall_ms: 300
// expect status: wall_time | memory | error
const a = []; for (let i = 0; i < 1e6; i++) a.push(a); a.flat(Infinity)
