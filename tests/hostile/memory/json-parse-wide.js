// limit memory_bytes: 33554432
// limit wall_ms: 20000
// limit cpu_ms: 20000
// expect status: memory | crashed
JSON.parse('[' + '{"a":[1]},'.repeat(7e5) + '1]').length
