// limit wall_ms: 300
// expect status: wall_time
(function again() { return Promise.resolve().then(again) })()
