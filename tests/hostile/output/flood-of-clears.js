// limit wall_ms: 20000
// limit cpu_ms: 20000
// limit output_bytes: 65536
// expect status: output
for (;;) console.clear()
