// expect value: [
// expect value:   [class A],
// expect value:   [class B extends Map],
// expect value:   [Function (anonymous)],
// expect value:   [AsyncFunction: f]
// expect value: ]
[class A {}, class B extends Map {}, () => 1, async function f() {}]
