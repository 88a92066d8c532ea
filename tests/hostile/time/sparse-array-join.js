// limit wall_ms: 300
// expect status: wall_time | memory | error | crashed
const a = []; a.length = 2 ** 32 - 1; a.join()
