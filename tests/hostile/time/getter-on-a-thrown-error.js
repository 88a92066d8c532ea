// limit wall_ms: 20000
// limit cpu_ms: 20000
// expect status: error
const e = new Error('x'); for (const k of ['name', 'message', 'stack', 'cause', 'errors']) Object.defineProperty(e, k, { get() { for (;;); } }); throw e
