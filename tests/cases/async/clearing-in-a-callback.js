// expect value: 1
let ticks = 0;
const id = setInterval(() => { ++ticks; clearInterval(id) }, 1);
new Promise((done) => setTimeout(() => done(ticks), 20))
