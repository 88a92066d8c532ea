// limit output_bytes: 65536
// expect status: ok
let o = {}; for (let i = 0; i < 1e5; i++) o = { o }; o
