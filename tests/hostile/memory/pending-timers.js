// expect status: error
// limit wall_ms: 20000
// limit cpu_ms: 20000
for (;;) setTimeout(() => {}, 1e6)
