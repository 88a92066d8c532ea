// limit wall_ms: 300
// expect status: wall_time
const b = 2n ** (2n ** 28n); for (;;) b.toString(7)
