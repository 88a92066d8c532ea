// expect error: RangeError: here (main.js:4:52)
/* before */ import { a } from "./a.js"; import
  b from "./b.js"; const c = a + b;
if (c === 3) { /* 🙂 */ const text = "here"; throw new RangeError(text); }
// file a.js
export const a = 1;
// file b.js
export default 2;
