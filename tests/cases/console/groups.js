// expect console group: g
// expect console log: in
// expect console groupEnd:
// expect console log: out
// expect value: undefined
console.group("g"); console.log("in"); console.groupEnd(); console.log("out")
