// limit memory_bytes: 33554432
// limit wall_ms: 20000
// limit cpu_ms: 20000
// expect status: memory | crashed
const f = new Intl.ListFormat('de'); let a = Array(1e6).fill('x'.repeat(50)); const all = []; for (;;) all.push(f.format(a))
