// limit wall_ms: 20000
// limit cpu_ms: 20000
// limit output_bytes: 65536
// expect status: output
const make = (n) => n ? Array.from({ length: 10 }, () => make(n - 1)) : 'x'.repeat(100); make(5)
