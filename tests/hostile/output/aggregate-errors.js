// limit wall_ms: 20000
// limit cpu_ms: 20000
// limit output_bytes: 65536
// expect status: error
throw new AggregateError(Array.from({ length: 1e5 }, (_, i) => new Error('x' + i)), 'many')
