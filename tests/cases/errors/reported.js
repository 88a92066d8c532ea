// expect error: Error: told (main.js:2:13)
reportError(new Error("told"));
1
