// limit memory_bytes: 33554432
// limit wall_ms: 20000
// limit cpu_ms: 20000
// expect status: error
eval('(' + '()=>('.repeat(5e4) + '1' + ')'.repeat(5e4) + ')')
