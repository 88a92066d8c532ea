// limit memory_bytes: 33554432
// limit wall_ms: 20000
// limit cpu_ms: 20000
// expect status: error
const m = new WebAssembly.Memory({ initial: 1, maximum: 2048 }); m.grow(2047); new Uint8Array(m.buffer).fill(1); m.buffer.byteLength
