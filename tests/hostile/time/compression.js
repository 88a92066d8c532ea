// limit wall_ms: 300
// expect status: wall_time | memory
for (;;) { const s = new CompressionStream('gzip'); const w = s.writable.getWriter(); w.write(new Uint8Array(1 << 20)).catch(() => {}); w.close().catch(() => {}); for await (const c of s.readable); }
