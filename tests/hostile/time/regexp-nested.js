// limit wall_ms: 300
// expect status: wall_time
/^(([a-z])+.)+[A-Z]([a-z])+$/.test('a'.repeat(100))
