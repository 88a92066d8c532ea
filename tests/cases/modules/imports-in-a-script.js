// expect value: 42
import twice, { base as half, unused } from "./lib/math.js";
import * as all from "./lib/math.js";
import "./lib/side.js";
if (all.unused !== unused || globalThis.side !== 1) throw new Error("not bound");
twice(half);
// file lib/math.ts
export default (value: number) => value * 2;
export const base: number = 21;
export const unused = 0;
// file lib/side.js
globalThis.side = 1;
