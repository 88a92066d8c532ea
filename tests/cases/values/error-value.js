// expect value: RangeError: r
// expect value:     at main.js:3:1
new RangeError("r")
