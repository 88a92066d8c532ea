// expect error: Error: the promise is still pending and nothing is left that could settle it
// entry main.js
// file main.js
import "./a.js";
export default 1;
// file a.js
await new Promise(() => {});
