// limit wall_ms: 300
// expect status: wall_time
new Proxy({}, { get() { for (;;); } }).x
