// limit wall_ms: 20000
// limit cpu_ms: 20000
// expect status: error
await new Promise(() => {})
