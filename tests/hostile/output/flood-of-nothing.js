// limit output_bytes: 65536
// expect status: output
for (;;) console.log()
