// limit wall_ms: 20000
// limit cpu_ms: 20000
// expect status: output
let a = []; for (let i = 0; i < 1e6; i++) a = [a]; JSON.stringify(a)
