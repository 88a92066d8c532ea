// limit wall_ms: 300
// expect status: wall_time
Error.prepareStackTrace = () => { for (;;); }; new Error('x').stack
