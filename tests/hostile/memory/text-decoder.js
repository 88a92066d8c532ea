// limit memory_bytes: 33554432
// limit wall_ms: 20000
// limit cpu_ms: 20000
// expect status: memory | crashed
const all = []; const b = new Uint8Array(1 << 22).fill(65); for (;;) all.push(new TextDecoder().decode(b))
