// limit memory_bytes: 33554432
// limit wall_ms: 20000
// limit cpu_ms: 20000
// expect status: memory
let b = new ArrayBuffer(1 << 20); const all = []; for (;;) { b = b.transfer(b.byteLength + (1 << 20)); all.push(b.slice()) }
