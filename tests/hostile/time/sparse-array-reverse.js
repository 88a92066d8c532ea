// limit wall_ms: 300
// expect status: wall_time
const a = []; a[2 ** 32 - 2] = 1; a.reverse(); a.reverse(); a.reverse(); a.reverse(); for (;;);
