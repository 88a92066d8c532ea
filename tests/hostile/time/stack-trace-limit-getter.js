// limit wall_ms: 20000
// limit cpu_ms: 20000
// expect status: error
Object.defineProperty(Error, 'stackTraceLimit', { get() { for (;;); } }); null.x
