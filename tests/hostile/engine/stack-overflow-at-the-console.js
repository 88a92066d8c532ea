// limit wall_ms: 20000
// limit cpu_ms: 20000
// expect status: error
function f() { console.log({}); f() } try { f() } catch {} (function g() { g() })()
