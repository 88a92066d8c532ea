// limit memory_bytes: 33554432
// limit wall_ms: 20000
// limit cpu_ms: 20000
// expect status: ok | memory
new Intl.NumberFormat('en', { maximumFractionDigits: 100 }).format(10n ** 1_000_000n).length
