// limit wall_ms: 20000
// limit cpu_ms: 20000
// expect status: ok
// expect value: true
const m = new Uint8Array(new WebAssembly.Memory({ initial: 64 }).buffer); const clean = m.every((x) => x === 0); m.fill(0xa5); clean
