// limit memory_bytes: 33554432
// limit wall_ms: 20000
// limit cpu_ms: 20000
// expect status: memory | crashed
const s = 'x'.repeat(1e6); const all = []; for (;;) all.push(Array(100).fill(s).join(','))
