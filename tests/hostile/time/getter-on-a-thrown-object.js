// limit wall_ms: 20000
// limit cpu_ms: 20000
// expect status: error
throw { get message() { for (;;); }, get name() { for (;;); }, get stack() { for (;;); } }
