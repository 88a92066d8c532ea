// limit wall_ms: 300
// expect status: error
await new Promise(() => {})
