// limit memory_bytes: 33554432
// limit wall_ms: 20000
// limit cpu_ms: 20000
// expect status: memory | crashed
let o = 'x'.repeat(1e6); const all = []; for (;;) all.push(JSON.stringify(Array(50).fill(o)))
