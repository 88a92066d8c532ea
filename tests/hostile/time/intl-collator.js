// limit wall_ms: 300
// expect status: wall_time
const c = new Intl.Collator('de'); const s = 'ä'.repeat(1e6); for (;;) c.compare(s, s + 'b')
