// expect error: Error: e39 (main.js:3:38)
let error = new Error("first");
for (let i = 0; i < 40; ++i) error = new Error(`e${i}`, { cause: error });
setTimeout(() => { throw error; });
1
