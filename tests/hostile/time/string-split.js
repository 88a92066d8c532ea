// limit wall_ms: 300
// expect status: wall_time | memory
for (;;) 'a,'.repeat(1e5).split(',').join(';')
