// limit wall_ms: 200
// expect status: wall_time
(function again() { return Promise.resolve().then(again); })()
