// expect console table: 5
// expect console table: []
// expect value: undefined
console.table(5); console.table([])
