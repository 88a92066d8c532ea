// limit wall_ms: 300
// expect status: wall_time
await { get then() { for (;;); } }
