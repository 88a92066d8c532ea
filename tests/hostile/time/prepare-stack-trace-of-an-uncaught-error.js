// limit wall_ms: 300
// expect status: error | wall_time
Error.prepareStackTrace = () => { for (;;); }; throw new Error('x')
