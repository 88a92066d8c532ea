// limit memory_bytes: 33554432
// limit wall_ms: 20000
// limit cpu_ms: 20000
// expect status: memory | crashed
const m = new Set(); for (let i = 0; ; i++) m.add('key' + i)
