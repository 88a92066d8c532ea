// limit wall_ms: 300
// expect status: wall_time
(function again() { queueMicrotask(again) })()
