// limit wall_ms: 20000
// limit cpu_ms: 20000
// expect status: error
Error.prepareStackTrace = () => { for (;;); }; throw new Error('x')
