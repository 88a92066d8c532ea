// expect value: [ 1, true ]
const [first, second] = await Promise.all([import("./a.js"), import("./a.js")]);
[first.a, first === second];
// file a.js
export const a = 1;
