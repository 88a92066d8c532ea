// expect error: Error: no (main.js:2:16)
Promise.reject(new Error("no"))
