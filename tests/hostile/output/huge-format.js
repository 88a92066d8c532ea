// limit output_bytes: 65536
// expect status: output
console.log('%s'.repeat(1e5), ...Array(1e4).fill('x'.repeat(100)))
