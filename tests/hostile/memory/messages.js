// limit memory_bytes: 33554432
// limit wall_ms: 20000
// limit cpu_ms: 20000
// expect status: memory | crashed
const { port1 } = new MessageChannel(); for (;;) port1.postMessage('x'.repeat(1 << 20))
