// expect status: ok
// expect value: 0
const before = performance.getEntries?.().length ?? 0; performance.mark?.('planted'); before
