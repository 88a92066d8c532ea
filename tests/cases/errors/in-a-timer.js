// expect error: TypeError: late (main.js:2:26)
setTimeout(() => { throw new TypeError("late"); }, 1);
1
