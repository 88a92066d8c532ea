// expect console log: a
// expect console log: b
// expect value: 3
// entry main.js
// file main.js
import { a } from "./a.js";
import { b } from "./b.js";
export default await Promise.resolve(a + b);
// file a.js
export const a = await new Promise((resolve) => setTimeout(resolve, 5, 1));
console.log("a");
// file b.js
import "./a.js";
console.log("b");
export const b = 2;
