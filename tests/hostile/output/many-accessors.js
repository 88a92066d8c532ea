// limit wall_ms: 20000
// limit cpu_ms: 20000
// limit output_bytes: 65536
// expect status: ok
const o = {}; for (let i = 0; i < 2e4; i++) Object.defineProperty(o, 'a' + i, { get() {}, enumerable: true }); o
