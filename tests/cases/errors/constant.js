// expect error: TypeError: Assignment to constant variable. (main.js:3:7)
const fixed = 1;
fixed = 2
