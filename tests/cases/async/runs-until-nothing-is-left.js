// expect console log: late
// expect value: value
setTimeout(() => console.log("late"), 5);
"value"
