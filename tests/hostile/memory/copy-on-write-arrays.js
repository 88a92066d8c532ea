// limit memory_bytes: 33554432
// limit wall_ms: 20000
// limit cpu_ms: 20000
// expect status: memory | crashed
const all = []; const base = Array.from({ length: 1e6 }, (_, i) => i); for (;;) all.push(base.slice())
