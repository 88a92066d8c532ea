// limit wall_ms: 300
// expect status: wall_time
Error.prepareStackTrace = () => { for (;;); }; await 1; throw new Error('x')
