// expect console log: default: 1
// expect console log: x: 1
// expect console log: default: 2
// expect console log: default: 1
// expect console warn: Count for 'none' does not exist
// expect value: undefined
console.count(); console.count("x"); console.count(); console.countReset(); console.count(); console.countReset("none")
