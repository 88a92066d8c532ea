// expect console table: 100
// expect value: undefined
console.table(Array.from({ length: 100 }, (_, i) => ({ ["k".repeat(50) + i]: "x".repeat(100) })).length)
