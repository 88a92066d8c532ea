// limit wall_ms: 300
// expect status: wall_time
/^(\p{L}|\p{L}\p{M}?)+$/u.test('é'.repeat(60) + '!')
