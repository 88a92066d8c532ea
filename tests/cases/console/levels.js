// expect console debug: d
// expect console log: l
// expect console info: i
// expect console warn: w
// expect console error: e
// expect value: undefined
console.debug("d"); console.log("l"); console.info("i"); console.warn("w"); console.error("e");
