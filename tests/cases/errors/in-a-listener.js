// expect error: Error: in a listener (main.js:3:44)
const target = new EventTarget();
target.addEventListener("x", () => { throw new Error("in a listener"); });
target.dispatchEvent(new Event("x"));
1
