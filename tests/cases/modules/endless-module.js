// limit wall_ms: 300
// expect status: wall_time
import("./other.js");
import("./endless.js").then(() => {}, () => {});
// file endless.js
for (;;);
// file other.js
export {};
