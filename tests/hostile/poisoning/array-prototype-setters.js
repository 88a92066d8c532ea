// expect status: ok
// expect value: [ 1, 2 ]
for (let i = 0; i < 50; i++) Object.defineProperty(Array.prototype, i, { set() { throw new Error('set') }, get() { return 'poison' }, configurable: true }); console.log('%s %d', 'x', 1, [3]); [1, 2]
