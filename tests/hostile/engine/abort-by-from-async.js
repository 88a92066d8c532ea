// limit memory_bytes: 33554432
// limit wall_ms: 20000
// limit cpu_ms: 20000
// expect status: memory | crashed
await Array.fromAsync({ length: 2 ** 32 - 1 }, () => 1)
