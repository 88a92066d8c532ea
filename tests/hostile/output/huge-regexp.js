// limit output_bytes: 65536
// expect status: output | ok
new RegExp('a'.repeat(1e6))
