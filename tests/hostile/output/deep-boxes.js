// limit output_bytes: 65536
// expect status: ok | output
let m = new Map(); for (let i = 0; i < 1e5; i++) m = new Map([[m, m]]); m
