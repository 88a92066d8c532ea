// limit wall_ms: 20000
// limit cpu_ms: 20000
// limit output_bytes: 65536
// expect status: output
console.table(Array.from({ length: 1000 }, () => Object.fromEntries(Array.from({ length: 100 }, (_, i) => ['c' + i, 'x'.repeat(100)]))))
