// expect value: undefined
clearTimeout();
clearTimeout(null);
clearTimeout('x');
clearInterval(-1);
clearTimeout({})
