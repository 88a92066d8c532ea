// limit wall_ms: 300
// expect status: wall_time
const s = 'a\u0301\u0327\u0330'.repeat(3e5); for (;;) s.normalize('NFC').normalize('NFKD')
