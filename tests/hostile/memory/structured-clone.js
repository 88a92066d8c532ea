// limit memory_bytes: 33554432
// limit wall_ms: 20000
// limit cpu_ms: 20000
// expect status: memory | error | crashed
const all = []; const o = new Uint8Array(1 << 20); for (;;) all.push(structuredClone(o))
