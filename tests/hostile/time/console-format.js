// limit wall_ms: 300
// expect status: wall_time
const o = { toString() { for (;;); } }; console.log('%s', o); `${o}`
