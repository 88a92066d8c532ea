// limit memory_bytes: 33554432
// limit wall_ms: 20000
// limit cpu_ms: 20000
// expect status: memory | crashed
new Float64Array(3e6).sort((a, b) => Math.random() - 0.5).length
