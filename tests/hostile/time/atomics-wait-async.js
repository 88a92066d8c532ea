// limit wall_ms: 300
// expect status: wall_time | error
await Atomics.waitAsync(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 1e9).value
