// limit wall_ms: 300
// expect status: wall_time
for (;;) 'ß'.repeat(1e6).localeCompare('ß'.repeat(1e6) + 'x', 'de', { sensitivity: 'base' })
