// expect error: Uncaught null (main.js:2:1)
throw null
