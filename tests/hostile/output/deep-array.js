// limit output_bytes: 65536
// expect status: ok
let a = []; for (let i = 0; i < 1e5; i++) a = [a]; a
