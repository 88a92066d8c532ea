// expect value: getter,number,no stack,object
const names = ["getter", "number", "nostack", "proxy"];
const results = await Promise.allSettled(names.map((name) => import(`./${name}.js`)));
results.map(({ reason }, index) => (index === 0 || index === 2 ? reason.kind : typeof reason)).join();
// file proxy.js
throw new Proxy(new Error("x"), { get() { for (;;); }, getPrototypeOf() { for (;;); } });
// file getter.js
const error = new Error("x");
Object.defineProperty(error, "message", { get() { for (;;); } });
Object.defineProperty(error, "stack", { get() { for (;;); } });
error.kind = "getter";
throw error;
// file number.js
throw 1;
// file nostack.js
const error = new Error("x");
Object.defineProperty(error, "stack", { value: undefined });
error.message = 5;
error.kind = "no stack";
throw error;
