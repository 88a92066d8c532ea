// limit wall_ms: 300
// expect status: wall_time
for (;;) { try { for (;;); } finally { continue } }
