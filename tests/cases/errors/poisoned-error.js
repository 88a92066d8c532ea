// expect error: Error: x (main.js:3:1)
Object.defineProperty(Error.prototype, "name", { get() { while (true) {} } });
throw new Error("x")
