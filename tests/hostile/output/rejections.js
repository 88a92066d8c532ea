// limit wall_ms: 20000
// limit cpu_ms: 20000
// limit output_bytes: 65536
// expect status: error
for (let i = 0; i < 1e4; i++) Promise.reject(new Error('x'.repeat(100) + i))
