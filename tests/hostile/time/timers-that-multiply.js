// limit wall_ms: 300
// expect status: wall_time | memory | error
// A fast machine gets as far as the limit of timers, which is an error.
const fork = () => { setTimeout(fork); setTimeout(fork) }; fork()
