// limit wall_ms: 300
// expect status: wall_time
import("./a.js").then(() => { for (;;); });
import("./b.js");
import("./c.js");
// file a.js
export {};
// file b.js
export {};
// file c.js
export {};
