// limit memory_bytes: 33554432
// limit wall_ms: 20000
// limit cpu_ms: 20000
// expect status: memory | crashed
const all = []; for (let i = 0; ; i++) { const s = ''.padStart(2 ** 24, 'ab' + i); /z/.test(s); all.push(s) }
