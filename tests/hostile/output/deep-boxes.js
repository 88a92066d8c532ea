// limit output_bytes: 65536
// expect status: ok
let m = new Map(); for (let i = 0; i < 1e5; i++) m = new Map([[m, m]]); m
