// expect console log: file:///main.ts
// expect value: undefined
const url: string = import.meta.url;
console.log(url);
