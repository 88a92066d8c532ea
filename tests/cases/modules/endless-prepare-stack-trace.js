// limit wall_ms: 300
// expect status: wall_time
// entry main.js
// file main.js
Error.prepareStackTrace = () => { for (;;); };
await import("./a.js").catch((error) => error.stack);
// file a.js
throw new Error("x");
