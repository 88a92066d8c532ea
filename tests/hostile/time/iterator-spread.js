// limit wall_ms: 300
// expect status: wall_time | memory
[...{ *[Symbol.iterator]() { for (;;) yield } }].length
