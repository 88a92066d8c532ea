// expect status: ok
// expect value: 1
Object.setPrototypeOf(Object.prototype.__proto__ ?? globalThis, null); console.log({}); 1
