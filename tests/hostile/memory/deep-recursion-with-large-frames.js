// limit memory_bytes: 33554432
// limit wall_ms: 20000
// limit cpu_ms: 20000
// expect status: error
(function f(...a) { return f(...Array(1000).fill(0), ...a.slice(0, 10)) })()
