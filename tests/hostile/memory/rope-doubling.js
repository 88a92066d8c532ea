// limit memory_bytes: 33554432
// limit wall_ms: 20000
// limit cpu_ms: 20000
// expect status: memory
let s = 'x'; for (;;) { s += s; all = s.slice(1) + '' } var all
