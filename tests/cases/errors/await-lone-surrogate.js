// expect error: Error: � (main.js:3:7)
await 0;
throw new Error("\ud800")
