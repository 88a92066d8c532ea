// limit memory_bytes: 33554432
// limit wall_ms: 20000
// limit cpu_ms: 20000
// expect status: memory
const all = []; let s = 'x'; for (;;) { s += 'y'; all.push(s + all.length) }
