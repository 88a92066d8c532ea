// limit memory_bytes: 33554432
// limit wall_ms: 20000
// limit cpu_ms: 20000
// expect status: memory | crashed
new ReadableStream({ start(c) { for (;;) c.enqueue(new Uint8Array(1 << 16)) } })
