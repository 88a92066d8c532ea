// limit wall_ms: 300
// expect status: wall_time
for (;;) new URL('http://x/' + 'é'.repeat(1e5))
