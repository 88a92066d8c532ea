// expect console table: ┌─────────┬───┐\n│ (index) │ b │\n├─────────┼───┤\n│ first   │ 2 │\n└─────────┴───┘
// expect value: undefined
console.table({ first: { a: 1, b: 2 } }, ["b"])
