// limit wall_ms: 300
// expect status: wall_time
await { then() { for (;;); } }
