// expect console log: 1
// expect value: awaited
export const a: number = 1;
console.log(a);
export default Promise.resolve("awaited");
