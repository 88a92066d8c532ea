// limit wall_ms: 300
// expect status: wall_time
'a'.repeat(1e5).replace(/a/g, () => { for (;;); })
