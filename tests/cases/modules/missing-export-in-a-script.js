// expect error: SyntaxError: The module a.js does not provide an export named "nope" (main.js:2:22)
import { nope } from "./a.js";
nope;
// file a.js
export {};
