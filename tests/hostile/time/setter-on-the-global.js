// limit wall_ms: 300
// expect status: wall_time
Object.defineProperty(globalThis, 'x', { set() { for (;;); } }); x = 1
