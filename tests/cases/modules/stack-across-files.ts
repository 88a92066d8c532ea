// expect value: true
// entry src/main.ts
// file src/main.ts
import { where } from "../lib/where.ts";
const stack: string = where();
export default stack.includes("at where (lib/where.ts:3:10)") && stack.includes("at src/main.ts:2:23");
// file lib/where.ts
interface Unused { a: 1 }
export function where(): string {
  return new Error("x").stack ?? "";
}
