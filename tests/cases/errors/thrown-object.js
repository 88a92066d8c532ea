// expect error: Uncaught { code: 5 } (main.js:2:1)
throw { code: 5 }
