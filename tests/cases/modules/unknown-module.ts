// expect error: TypeError: Module import failed: cannot find "./nowhere.js", imported from main.ts:3:19 (tried nowhere.js, nowhere.ts, nowhere.tsx, nowhere.jsx, nowhere.js.ts, nowhere.js.tsx, nowhere.js.mts, nowhere.js.js, nowhere.js.jsx, nowhere.js.mjs, nowhere.js/index.ts, nowhere.js/index.tsx, nowhere.js/index.js, nowhere.js/index.jsx, static modules) (main.ts:3:19)
type A = 1;
import { a } from "./nowhere.js";
console.log(a as A);
// file somewhere.ts
export const a = 1;
