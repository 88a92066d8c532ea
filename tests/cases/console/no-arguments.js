// expect console log:
// expect value: undefined
console.log()
