// expect value: done
const { promise, resolve } = Promise.withResolvers();
setTimeout(resolve, 1, 'done');
promise
