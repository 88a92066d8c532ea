// expect console log: once
// expect value: 2
import { state } from "./state.js";
import "./bump.js";
const again = await import("./state.js");
again.state.count;
// file state.js
console.log("once");
export const state = { count: 1 };
// file bump.js
import { state } from "./state.js";
state.count += 1;
