// limit wall_ms: 300
// expect status: wall_time | memory
const a = Array.from({ length: 1e5 }, (_, i) => ({ i })); for (;;) structuredClone(a)
