// expect value: a b c d
const order = [];
Promise.resolve().then(() => order.push('a'));
queueMicrotask(() => order.push('b'));
Promise.resolve().then(() => order.push('c')).then(() => order.push('d'));
new Promise((done) => setTimeout(() => done(order.join(' '))))
