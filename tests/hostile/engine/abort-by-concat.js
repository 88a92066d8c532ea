// limit memory_bytes: 33554432
// limit wall_ms: 20000
// limit cpu_ms: 20000
// expect status: error
const a = []; a[2 ** 31] = 1; a.concat(a, a).length
