// limit memory_bytes: 33554432
// limit wall_ms: 20000
// limit cpu_ms: 20000
// expect status: memory | crashed
for (;;) await Promise.all(Array.from({ length: 1e6 }, () => new Promise(() => {}).then(() => 1)).concat(new Array(2e6).fill(1)))
