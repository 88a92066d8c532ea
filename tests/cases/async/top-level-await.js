// expect value: 21
const x = await Promise.resolve(20);
x + 1
