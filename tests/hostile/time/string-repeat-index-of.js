// limit wall_ms: 300
// expect status: wall_time
const s = 'a'.repeat(5e6); for (;;) s.indexOf('a'.repeat(4e6) + 'b')
