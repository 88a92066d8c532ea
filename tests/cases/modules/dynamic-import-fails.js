// expect value: TypeError true
import("./b.js").then(() => "?", (error) => `${error.name} ${error.message.includes("imported from main.js:2:1 ")}`);
// file a.js
export const a = 1;
