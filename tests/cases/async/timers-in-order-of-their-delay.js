// expect value: 1 2 3
const order = [];
setTimeout(() => order.push(3), 30);
setTimeout(() => order.push(1), 1);
setTimeout(() => order.push(2), 15);
new Promise((done) => setTimeout(() => done(order.join(' ')), 45))
