// limit output_bytes: 65536
// expect status: ok
new Float64Array(1e6)
