// limit memory_bytes: 33554432
// limit wall_ms: 20000
// limit cpu_ms: 20000
// expect status: error
eval('('.repeat(1e6) + '1' + ')'.repeat(1e6))
