// limit wall_ms: 300
// expect status: wall_time
JSON.stringify({ a: 1 }, () => { for (;;); })
