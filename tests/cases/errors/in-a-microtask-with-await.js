// expect error: TypeError: late (main.js:3:30)
await null;
queueMicrotask(() => { throw new TypeError('late') });
await new Promise((done) => setTimeout(done, 5))
