// expect status: error | ok
function f() { console.log({}); f() } try { f() } catch {} (function g() { g() })()
