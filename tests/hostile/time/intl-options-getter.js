// limit wall_ms: 300
// expect status: wall_time
new Intl.NumberFormat('de', { get style() { for (;;); } })
