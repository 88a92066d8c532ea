// limit wall_ms: 20000
// limit cpu_ms: 20000
// limit output_bytes: 65536
// expect status: ok
Object.fromEntries(Array.from({ length: 3e4 }, (_, i) => ['key' + i, i]))
