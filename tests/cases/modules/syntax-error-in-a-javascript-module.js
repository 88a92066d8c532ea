// expect error: SyntaxError: Unexpected token ';' (lib/a.js:2:18)
import { a } from "./lib/a.js";
a;
// file lib/a.js
// a comment
export const a = ;
