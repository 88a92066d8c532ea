// limit memory_bytes: 33554432
// limit wall_ms: 20000
// limit cpu_ms: 20000
// expect status: memory | crashed | wall_time
new Array(2 ** 28).fill(0)
