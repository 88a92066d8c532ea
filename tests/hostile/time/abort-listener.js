// limit wall_ms: 300
// expect status: wall_time
const c = new AbortController(); c.signal.addEventListener('abort', () => { for (;;); }); c.abort()
