// limit output_bytes: 65536
// expect status: output
for (let i = 0; ; i++) console.count('label ' + i)
