// expect error: Uncaught 42 (main.js:2:1)
throw 42
