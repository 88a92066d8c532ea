// expect error: Uncaught Proxy({})
// entry main.js
// file main.js
import "./proxy.js";
// file proxy.js
throw new Proxy({}, { get() { for (;;); }, getPrototypeOf() { for (;;); } });
