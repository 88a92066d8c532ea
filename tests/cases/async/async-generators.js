// expect value: [ 0, 1, 2 ]
async function* count() { for (let i = 0; i < 3; ++i) { await null; yield i } }
const all = [];
for await (const i of count()) all.push(i);
all
