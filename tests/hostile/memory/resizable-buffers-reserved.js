// limit memory_bytes: 33554432
// limit wall_ms: 20000
// limit cpu_ms: 20000
// expect status: memory
const all = []; for (;;) all.push(new ArrayBuffer(0, { maxByteLength: 2 ** 32 }))
