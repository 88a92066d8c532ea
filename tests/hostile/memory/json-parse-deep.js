// limit memory_bytes: 33554432
// limit wall_ms: 20000
// limit cpu_ms: 20000
// expect status: memory | crashed
JSON.parse('['.repeat(2e6) + ']'.repeat(2e6)).length
