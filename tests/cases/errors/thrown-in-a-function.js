// expect error: TypeError: boo (main.js:3:3)
function f() {
  throw new TypeError("boo");
}
f();
