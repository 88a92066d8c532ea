// limit output_bytes: 65536
// expect status: ok
const a = []; a[2 ** 32 - 2] = 1; console.log(a); a
