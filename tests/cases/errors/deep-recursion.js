// expect value: [ 'RangeError', 'Maximum call stack size exceeded', true ]
let depth = 0; function f() { ++depth; f(); }
try { f(); } catch (error) { [error.name, error.message, depth > 1000] }
