// limit wall_ms: 300
// expect status: wall_time | memory
(function again() { return Promise.resolve().then(again) })()
