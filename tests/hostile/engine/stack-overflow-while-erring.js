// expect status: error | wall_time
function f() { try { f() } catch (e) { throw new Error(e.stack) } } f()
