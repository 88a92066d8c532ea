// limit wall_ms: 300
// expect status: wall_time | memory
const a = []; a[2 ** 32 - 2] = 1; a.sort()
