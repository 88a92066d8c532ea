// limit wall_ms: 300
// expect status: wall_time
console.group({ toString() { for (;;); } }); console.count({ toString() { for (;;); } }); 1
