// expect value: [Function: f] { version: 1 }
const f = Object.assign(function f() {}, { version: 1 });
f
