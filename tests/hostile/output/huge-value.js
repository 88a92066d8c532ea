// limit output_bytes: 65536
// expect status: output
'x'.repeat(1e6)
