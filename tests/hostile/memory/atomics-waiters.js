// limit memory_bytes: 33554432
// limit wall_ms: 20000
// limit cpu_ms: 20000
// expect status: memory | crashed | wall_time
const a = new Int32Array(new SharedArrayBuffer(4)); const all = []; for (;;) all.push(Atomics.waitAsync(a, 0, 0))
