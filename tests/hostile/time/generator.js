// limit wall_ms: 300
// expect status: wall_time
const g = (function* () { try { for (;;) yield } finally { for (;;); } })(); g.next(); g.return()
