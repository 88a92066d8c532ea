// expect console log: before
// expect error: TypeError: Cannot read properties of null (reading 'x') (main.js:4:6)
console.log("before");
null.x
