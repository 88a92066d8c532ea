// expect status: ok
// expect value: 1
debugger; 1
