// expect value: even odd
// entry main.js
// file main.js
import { isEven } from "./even.js";
export default `${isEven(10) ? "even" : "odd"} ${isEven(7) ? "even" : "odd"}`;
// file even.js
import { isOdd } from "./odd.js";
export const isEven = (n) => n === 0 || isOdd(n - 1);
// file odd.js
import { isEven } from "./even.js";
export const isOdd = (n) => n !== 0 && isEven(n - 1);
