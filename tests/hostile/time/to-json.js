// limit wall_ms: 300
// expect status: wall_time
JSON.stringify({ toJSON() { for (;;); } })
