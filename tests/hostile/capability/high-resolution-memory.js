// expect status: ok
// expect value: undefined
typeof performance.memory
