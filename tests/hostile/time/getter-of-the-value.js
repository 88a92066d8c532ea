// limit wall_ms: 300
// expect status: wall_time
const o = { get a() { for (;;); } }; o.a
