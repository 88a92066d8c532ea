// limit wall_ms: 20000
// limit cpu_ms: 20000
// expect status: ok
// expect value: true
const parts = Array.from({ length: 50 }, () => new Uint8Array(1 << 19)); const clean = parts.every((p) => p.every((x) => x === 0)); parts.forEach((p) => p.fill(0xa5)); clean
