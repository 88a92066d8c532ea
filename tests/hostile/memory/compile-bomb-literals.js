// limit memory_bytes: 33554432
// limit wall_ms: 20000
// limit cpu_ms: 20000
// expect status: memory | crashed
eval('[' + '{a:1,b:[1,2,3]},'.repeat(1e6) + ']').length
