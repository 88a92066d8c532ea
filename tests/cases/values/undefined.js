// expect value: undefined
let x = 1;
