// limit wall_ms: 20000
// limit cpu_ms: 20000
// expect status: error
const a = []; a.length = 2 ** 32 - 1; a.join()
