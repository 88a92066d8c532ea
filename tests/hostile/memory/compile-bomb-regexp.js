// limit wall_ms: 300
// expect status: wall_time | memory
new RegExp('(?:' + 'a{1,1000}'.repeat(1000) + '){1000}').test('a'.repeat(1e5))
