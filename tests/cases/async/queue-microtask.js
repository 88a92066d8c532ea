// expect value: 1 2 3
const order = [];
setTimeout(() => order.push(3));
queueMicrotask(() => order.push(2));
order.push(1);
await new Promise((done) => setTimeout(done, 2));
order.join(' ')
