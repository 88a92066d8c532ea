// expect error: SyntaxError: The requested module './b.js' does not provide an export named 'nope' (a.js:1:10)
import "./a.js";
// file a.js
import { nope } from "./b.js";
// file b.js
export {};
