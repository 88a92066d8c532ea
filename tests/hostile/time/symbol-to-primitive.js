// limit wall_ms: 300
// expect status: wall_time
1 + { [Symbol.toPrimitive]() { for (;;); } }
