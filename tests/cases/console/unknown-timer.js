// expect console warn: Timer 't' does not exist
// expect console warn: Timer 'u' already exists
// expect value: undefined
console.timeEnd("t"); console.time("u"); console.time("u")
