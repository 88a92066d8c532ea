// expect console log: loaded
// expect value: 42
// entry main.ts
// file main.ts
import { double } from "./lib/math.ts";
import { base } from "./lib/constants";
export default double(base);
// file lib/math.ts
export const double = (value: number): number => value * 2;
// file lib/constants.ts
console.log("loaded");
export const base = 21;
