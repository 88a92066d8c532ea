// limit wall_ms: 20000
// limit cpu_ms: 20000
// expect status: error
function f() { try { f() } catch (e) { throw new Error(e.stack) } } f()
