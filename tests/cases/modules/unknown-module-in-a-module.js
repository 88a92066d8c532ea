// expect error: TypeError: Module import failed: cannot find "left-pad", imported from lib/a.js:2:17 (tried static modules) (lib/a.js:2:17)
import "./lib/a.js";
// file lib/a.js
export const a = 1;
import pad from "left-pad";
