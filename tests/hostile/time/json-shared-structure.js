// limit wall_ms: 300
// expect status: wall_time | memory
let o = {}; for (let i = 0; i < 64; i++) o = { a: o, b: o }; JSON.stringify(o)
