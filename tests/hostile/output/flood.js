// limit output_bytes: 65536
// expect status: output
for (;;) console.log('x'.repeat(1000))
