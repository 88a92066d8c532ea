// expect error: Error: lost (main.js:4:16)
const all = [];
for (let i = 0; i < 200; ++i) all.push(Promise.reject(i));
Promise.reject(new Error("lost"));
all.forEach((promise) => promise.catch(() => {}));
1
