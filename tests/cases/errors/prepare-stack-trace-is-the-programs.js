// expect error: Error: mine (main.js:3:1)
Error.prepareStackTrace = () => "mine";
throw new Error(new Error("x").stack)
