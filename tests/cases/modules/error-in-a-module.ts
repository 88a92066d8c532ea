// expect error: TypeError: bad (lib/fail.ts:3:9)
import { fail } from "./lib/fail.ts";
fail();
// file lib/fail.ts
type A = string;
export function fail(): never {
  throw new TypeError("bad");
}
