// limit wall_ms: 20000
// limit cpu_ms: 20000
// limit output_bytes: 65536
// expect status: output
console.log(...Array(1e5).fill({ a: 1 })); 1
