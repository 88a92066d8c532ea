// limit wall_ms: 300
// expect status: wall_time
const t = { then(resolve) { resolve(t) } }; await t
