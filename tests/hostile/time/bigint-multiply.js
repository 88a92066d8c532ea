// limit wall_ms: 300
// expect status: wall_time | memory
let b = 2n ** 100_000n - 1n; for (;;) { b = b * b % (2n ** 5_000_000n - 1n) }
