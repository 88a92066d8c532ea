// limit memory_bytes: 33554432
// limit wall_ms: 20000
// limit cpu_ms: 20000
// expect status: memory | crashed
const all = []; for (let i = 0; ; i++) { const s = 'x'.repeat(1e6) + i; s.charCodeAt(5); all.push(s) }
