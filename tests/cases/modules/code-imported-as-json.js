// expect error: TypeError: a.js is not JSON, but was imported with { type: "json" } (main.js:2:1)
import("./a.js", { with: { type: "json" } });
// file a.js
export {};
