// limit memory_bytes: 33554432
// limit wall_ms: 20000
// limit cpu_ms: 20000
// expect status: memory | crashed
const a = []; for (let i = 2 ** 24; i > 0; i -= 7) a[i] = i; a.length
