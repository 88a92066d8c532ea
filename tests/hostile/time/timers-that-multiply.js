// limit wall_ms: 300
// expect status: wall_time | memory
const fork = () => { setTimeout(fork); setTimeout(fork) }; fork()
