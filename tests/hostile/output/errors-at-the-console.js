// limit output_bytes: 65536
// expect status: output
for (;;) console.error(new Error('x'))
