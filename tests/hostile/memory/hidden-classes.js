// limit memory_bytes: 16777216
// limit wall_ms: 20000
// limit cpu_ms: 20000
// expect status: memory | crashed
const all = []; for (let i = 0; ; i++) { const o = {}; for (let j = 0; j < 20; j++) o['k' + i + '_' + j] = 1; all.push(o) }
