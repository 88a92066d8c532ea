// limit wall_ms: 300
// expect status: wall_time | memory
const a = Array(1e5).fill('x'.repeat(100)); for (;;) JSON.stringify(a)
