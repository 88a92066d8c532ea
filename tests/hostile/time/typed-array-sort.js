// limit wall_ms: 300
// expect status: wall_time
new Float64Array(1e6).map(Math.random).sort(() => { for (;;); })
