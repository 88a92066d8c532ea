// expect value: undefined
await null;
typeof console.createTask
