// limit wall_ms: 200
// expect status: wall_time
(function again() { Promise.resolve().then(again); })()
