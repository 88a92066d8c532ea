// limit wall_ms: 300
// expect status: wall_time
const f = async () => { try { await new Promise((r) => setTimeout(r)); for (;;); } finally { await f() } }; await f()
