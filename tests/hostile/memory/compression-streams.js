// limit memory_bytes: 33554432
// limit wall_ms: 20000
// limit cpu_ms: 20000
// expect status: memory | crashed
const all = []; for (;;) { const s = new CompressionStream('gzip'); s.writable.getWriter().write(new Uint8Array(1 << 18)).catch(() => {}); all.push(s) }
