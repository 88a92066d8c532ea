// limit memory_bytes: 33554432
// limit wall_ms: 20000
// limit cpu_ms: 20000
// expect status: memory
let f = () => 0; for (;;) f = f.bind(null, f)
