// expect error: Error: in b (b.js:1:7)
setTimeout(() => import("./b.js"));
"value";
// file b.js
throw new Error("in b");
