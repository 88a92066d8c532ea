// limit wall_ms: 200
// expect status: wall_time
await 1; while (true) {}
