// limit output_bytes: 65536
// expect status: error | output
throw new AggregateError(Array.from({ length: 1e5 }, (_, i) => new Error('x' + i)), 'many')
