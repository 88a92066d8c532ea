// expect console log: 1
// expect console log: 2
// expect console log: 3
// expect value: undefined
setTimeout(() => console.log("3")); Promise.resolve().then(() => console.log("2")); console.log("1")
