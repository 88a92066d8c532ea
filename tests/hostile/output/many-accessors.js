// limit output_bytes: 65536
// expect status: ok | output
const o = {}; for (let i = 0; i < 1e5; i++) Object.defineProperty(o, 'a' + i, { get() {}, enumerable: true }); o
