// limit wall_ms: 300
// expect status: wall_time
/(a+)+$/.test('a'.repeat(50) + 'b')
