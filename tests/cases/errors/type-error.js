// expect error: TypeError: x is not a function (main.js:3:1)
const x = 1;
x();
