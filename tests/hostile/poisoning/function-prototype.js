// expect status: ok
// expect value: 1
for (const k of ['call', 'apply', 'bind', 'toString']) Object.defineProperty(Function.prototype, k, { value() { throw new Error(String(k)) }, configurable: true, writable: true }); console.log(() => 1, class A {}); setTimeout(() => console.log('later'), 1); 1
