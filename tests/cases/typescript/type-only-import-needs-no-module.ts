// expect value: 1
import type { Nothing } from "./nowhere.ts";
import { type AlsoNothing } from "./nowhere.ts";
const one: Nothing | AlsoNothing = 1;
one;
