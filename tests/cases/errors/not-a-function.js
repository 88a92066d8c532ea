// expect error: TypeError: object.missing is not a function (main.js:3:8)
const object = {};
object.missing()
