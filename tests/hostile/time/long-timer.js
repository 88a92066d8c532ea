// limit wall_ms: 300
// expect status: wall_time
await new Promise((resolve) => setTimeout(resolve, 2 ** 31 - 1))
