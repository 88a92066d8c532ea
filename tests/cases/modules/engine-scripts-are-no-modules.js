// expect value: TypeError,TypeError,TypeError
const names = ["ext:core/mod.js", "node:fs", "file:///etc/passwd"];
const results = names.map((name) => import(name).then(() => "imported", (error) => error.name));
(await Promise.all(results)).join();
