// limit memory_bytes: 33554432
// limit wall_ms: 20000
// limit cpu_ms: 20000
// expect status: memory | crashed
const r = new FinalizationRegistry(() => {}); const all = []; for (;;) { const o = {}; all.push(o); r.register(o, o.x) }
