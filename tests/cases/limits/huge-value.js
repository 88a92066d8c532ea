// limit output_bytes: 1000
// expect status: output
"x".repeat(2000)
