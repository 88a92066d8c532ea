// expect console log: [object Object]: 1
// expect console log: null: 1
// expect console log: default: 1
// expect console log: default: 2
// expect console log: 1: 1
// expect error: TypeError: Cannot convert a Symbol value to a string (main.js:13:9)
console.count({});
console.count(null);
console.count(undefined);
console.count();
console.count(1);
console.countReset();
console.count(Symbol('no'))
