// limit wall_ms: 300
// expect status: wall_time | error
throw { get message() { for (;;); }, get name() { for (;;); }, get stack() { for (;;); } }
