// expect console log: a 1 { b: 'c' } [ 'd' ]
// expect value: undefined
console.log("a", 1, { b: "c" }, ["d"])
