// limit output_bytes: 65536
// expect status: output | error
for (;;) console.error(new Error('x'))
