// expect error: SyntaxError: Expression expected (lib/a.ts:2:26)
import { a } from "./lib/a.ts";
a;
// file lib/a.ts
type A = 1;
export const a: number = ;
