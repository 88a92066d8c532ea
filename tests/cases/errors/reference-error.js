// expect error: ReferenceError: nothing is not defined (main.js:2:1)
nothing
