// expect error: ReferenceError: Cannot access 'later' before initialization (main.js:2:1)
later;
let later = 1
