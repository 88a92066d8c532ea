// expect error: SyntaxError: Unexpected token ';' (main.js:3:11)
import { a } from "./a.js";
const b = ;
// file a.js
export const a = 1;
