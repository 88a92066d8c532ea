// expect console log: { toString: [Function: toString] } NaN NaN end
// expect value: 0
let calls = 0;
const spy = { toString() { ++calls; return 'spy' } };
console.log('%s %d %i', spy, spy, spy, 'end');
calls
