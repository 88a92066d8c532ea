// expect value: { a: [ 1, 2 ] }
const value = { a: [1, 2] } as const satisfies { a: readonly number[] };
value
