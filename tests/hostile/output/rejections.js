// limit output_bytes: 65536
// expect status: error | output
for (let i = 0; i < 1e5; i++) Promise.reject(new Error('x'.repeat(100) + i))
