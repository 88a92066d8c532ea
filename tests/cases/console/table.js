// expect console table: ┌─────────┬────┬─────┬──────┬────────┐\n│ (index) │ a  │ b   │ c    │ Values │\n├─────────┼────┼─────┼──────┼────────┤\n│ 0       │ 1  │ 'x' │      │        │\n│ 1       │ -2 │     │ null │        │\n│ 2       │    │     │      │ 7      │\n└─────────┴────┴─────┴──────┴────────┘
// expect value: undefined
console.table([{ a: 1, b: "x" }, { a: -2, c: null }, 7])
