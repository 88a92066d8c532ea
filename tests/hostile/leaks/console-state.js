// expect status: ok
// expect console log: planted: 1
// expect value: undefined
console.count('planted')
