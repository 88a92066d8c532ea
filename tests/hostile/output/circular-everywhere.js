// limit output_bytes: 65536
// expect status: ok
const a = []; for (let i = 0; i < 1000; i++) a.push(a, { a }); console.log(a); a
