// limit output_bytes: 65536
// expect status: output | ok
Symbol('s'.repeat(1e7))
