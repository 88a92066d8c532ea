// limit wall_ms: 300
// expect status: wall_time
Array.prototype.forEach.call({ length: 2 ** 53 - 1 }, () => {})
