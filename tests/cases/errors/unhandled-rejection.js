// expect error: Error: nobody (main.js:2:16)
Promise.reject(new Error("nobody"));
1
