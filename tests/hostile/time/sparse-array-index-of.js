// limit wall_ms: 300
// expect status: wall_time
const a = []; a.length = 2 ** 32 - 1; Array.prototype.indexOf.call({ length: 2 ** 53 - 1 }, 1)
