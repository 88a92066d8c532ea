// limit memory_bytes: 33554432
// limit wall_ms: 20000
// limit cpu_ms: 20000
// expect status: memory | crashed
Error.stackTraceLimit = Infinity; const all = []; (function f(n) { if (n) return f(n - 1); for (;;) all.push(new Error('x')) })(5000)
