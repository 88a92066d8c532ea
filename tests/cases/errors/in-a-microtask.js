// expect error: Error: micro (main.js:2:30)
queueMicrotask(() => { throw new Error("micro"); });
1
