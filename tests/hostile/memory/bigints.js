// limit memory_bytes: 33554432
// limit wall_ms: 20000
// limit cpu_ms: 20000
// expect status: memory | crashed
const all = []; for (let i = 0n; ; i++) all.push(2n ** 1_000_000n + i)
