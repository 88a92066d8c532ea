// limit wall_ms: 300
// expect status: wall_time
const p = new URLPattern({ pathname: '/' + ':a?'.repeat(1) + '(a+)+b' }); for (;;) p.test('https://x/' + 'a'.repeat(40))
