// expect value: file:///src/main.js true file:///lib/a.js false file:///lib/b.js
// entry src/main.js
// file src/main.js
import { meta } from "../lib/a.js";
export default [import.meta.url, import.meta.main, meta.url, meta.main, meta.resolve("./b.js")].join(" ");
// file lib/a.js
export const meta = import.meta;
// file lib/b.js
export {};
