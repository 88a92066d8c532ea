// limit wall_ms: 200
// expect status: wall_time
while (true) {}
