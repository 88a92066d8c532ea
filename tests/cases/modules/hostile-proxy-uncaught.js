// expect error: Uncaught {}
// entry main.js
// file main.js
import "./proxy.js";
// file proxy.js
throw new Proxy({}, { get() { for (;;); }, getPrototypeOf() { for (;;); } });
