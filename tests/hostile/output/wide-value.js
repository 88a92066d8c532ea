// limit output_bytes: 65536
// expect status: ok | output
Array.from({ length: 1e6 }, (_, i) => ({ i }))
