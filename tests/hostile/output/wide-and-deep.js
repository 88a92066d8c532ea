// limit output_bytes: 65536
// expect status: ok | output
const make = (n) => n ? Array.from({ length: 10 }, () => make(n - 1)) : 'x'.repeat(100); make(5)
