// limit wall_ms: 300
// expect status: wall_time | memory
2n ** (2n ** 29n) % 7n; for (;;) 3n ** (2n ** 22n)
