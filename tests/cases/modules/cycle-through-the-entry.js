// expect value: from main
// entry main.js
// file main.js
import { ask } from "./a.js";
export const name = () => "from main";
export default ask();
// file a.js
import { name } from "./main.js";
export const ask = () => name();
