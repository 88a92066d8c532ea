// limit wall_ms: 300
// expect status: wall_time
for (;;) Date.parse('('.repeat(1e5))
