// limit wall_ms: 20000
// limit cpu_ms: 20000
// expect status: error
await Atomics.waitAsync(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 1e9).value
