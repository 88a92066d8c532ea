// limit wall_ms: 300
// expect status: wall_time
Date.prototype.toISOString = () => { for (;;); }; JSON.stringify(new Date())
