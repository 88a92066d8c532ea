// limit memory_bytes: 33554432
// limit wall_ms: 20000
// limit cpu_ms: 20000
// expect status: memory | crashed
const all = []; function* g() { yield new Array(100) } for (;;) { const x = g(); x.next(); all.push(x) }
