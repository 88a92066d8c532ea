// expect error: Error: no (main.js:2:22)
await Promise.reject(new Error("no"))
