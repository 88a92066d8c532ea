// limit wall_ms: 300
// expect status: wall_time
/(?<=(a|aa)+b)c/.test('a'.repeat(60) + 'bd'); /^(a|a?)+$/.test('a'.repeat(40) + 'b')
