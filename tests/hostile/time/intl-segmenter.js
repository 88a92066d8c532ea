// limit wall_ms: 300
// expect status: wall_time | memory
const s = new Intl.Segmenter('th', { granularity: 'word' }); for (;;) [...s.segment('ภาษาไทย'.repeat(1e4))]
