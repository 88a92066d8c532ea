// limit memory_bytes: 33554432
// limit wall_ms: 20000
// limit cpu_ms: 20000
// expect status: memory | crashed
const p = new URLSearchParams(); for (;;) p.append('k'.repeat(1000), 'v'.repeat(1000))
