// limit wall_ms: 300
// expect status: wall_time
function f() { try { f() } catch { f() } finally { f() } } f()
