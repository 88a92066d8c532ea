// limit output_bytes: 65536
// expect status: ok
Symbol('s'.repeat(1e7))
