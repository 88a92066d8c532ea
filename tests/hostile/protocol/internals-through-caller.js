// expect status: ok
// expect value: null
function f() { return f.caller } f()
