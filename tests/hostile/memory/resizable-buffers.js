// limit memory_bytes: 33554432
// limit wall_ms: 20000
// limit cpu_ms: 20000
// expect status: memory
const all = []; for (;;) { const b = new ArrayBuffer(0, { maxByteLength: 1 << 26 }); b.resize(1 << 26); new Uint8Array(b).fill(1); all.push(b) }
