// expect status: ok | error
// expect value: null
function f() { return f.caller } f()
