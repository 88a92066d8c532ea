// limit wall_ms: 300
// expect status: wall_time | error
const e = new Error('x'); for (const k of ['name', 'message', 'stack', 'cause', 'errors']) Object.defineProperty(e, k, { get() { for (;;); } }); throw e
