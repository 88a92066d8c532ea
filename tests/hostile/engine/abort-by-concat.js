// limit memory_bytes: 33554432
// limit wall_ms: 20000
// limit cpu_ms: 20000
// expect status: memory | crashed | error | cpu_time | wall_time
const a = []; a[2 ** 31] = 1; a.concat(a, a).length
