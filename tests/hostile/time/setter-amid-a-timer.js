// limit wall_ms: 300
// expect status: wall_time
Object.defineProperty(Object.prototype, '_idleNext', { set() { for (;;); } })
setTimeout(() => {}, 1)
