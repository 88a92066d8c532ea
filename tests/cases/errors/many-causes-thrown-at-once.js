// expect error: Error: e39 (main.js:4:1)
let error = new Error("first");
for (let i = 0; i < 40; ++i) error = new Error(`e${i}`, { cause: error });
throw error
