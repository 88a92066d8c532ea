// limit output_bytes: 65536
// expect status: output
setInterval(() => { for (let i = 0; i < 1000; i++) console.error('x') }, 0)
