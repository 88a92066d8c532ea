// limit output_bytes: 65536
// expect status: ok | output
console.log(...Array(1e5).fill({ a: 1 })); 1
