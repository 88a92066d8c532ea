// limit wall_ms: 20000
// limit cpu_ms: 20000
// expect status: error | memory
/(?:a|b)*c/.test('ab'.repeat(5e6))
