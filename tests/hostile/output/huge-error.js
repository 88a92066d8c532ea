// limit output_bytes: 65536
// expect status: error
throw new Error('x'.repeat(1e7))
