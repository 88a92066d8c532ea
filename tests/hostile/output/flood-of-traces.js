// limit output_bytes: 65536
// expect status: output
(function f(n) { if (n) f(n - 1); else for (;;) console.trace('x') })(200)
