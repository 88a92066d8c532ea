// expect status: error
function f() { try { f() } catch (e) { throw new Error(e.stack) } } f()
