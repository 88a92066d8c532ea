// limit wall_ms: 300
// expect status: wall_time | memory
const r = new FinalizationRegistry(() => { for (;;); }); for (let i = 0; i < 200; i++) r.register({ big: new Array(1e4).fill(i) }, i); for (let i = 0; i < 100; i++) new ArrayBuffer(1 << 20); await new Promise((done) => setTimeout(done, 20)); for (;;);
