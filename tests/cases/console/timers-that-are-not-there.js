// expect console warn: Timer 'a' does not exist
// expect console warn: Timer 'default' does not exist
// expect console warn: Timer 'b' already exists
// expect value: undefined
console.timeEnd('a');
console.timeLog();
console.time('b');
console.time('b')
