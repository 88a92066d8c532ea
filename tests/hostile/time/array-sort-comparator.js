// limit wall_ms: 300
// expect status: wall_time
[3, 2, 1].sort(() => { for (;;); })
