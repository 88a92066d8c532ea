// limit wall_ms: 300
// expect status: wall_time
with (new Proxy({}, { has() { for (;;); } })) { x }
