// expect console trace: Trace: here\n    at f (main.js:3:24)\n    at main.js:4:1
// expect value: undefined
function f() { console.trace("here"); }
f()
