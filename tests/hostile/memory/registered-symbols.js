// limit memory_bytes: 33554432
// limit wall_ms: 20000
// limit cpu_ms: 20000
// expect status: memory
for (let i = 0; ; i++) Symbol.for('s'.repeat(100) + i)
