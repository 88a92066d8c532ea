// limit wall_ms: 300
// expect status: error | wall_time
Object.defineProperty(Error, 'stackTraceLimit', { get() { for (;;); } }); null.x
