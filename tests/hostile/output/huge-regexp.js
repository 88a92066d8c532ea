// limit output_bytes: 65536
// expect status: ok
new RegExp('a'.repeat(1e6))
