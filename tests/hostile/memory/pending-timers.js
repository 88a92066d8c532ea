// expect status: error
// limit wall_ms: 20000
// limit cpu_ms: 20000
// expect status: memory | crashed
for (;;) setTimeout(() => {}, 1e6)
