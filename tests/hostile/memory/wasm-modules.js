// limit memory_bytes: 33554432
// limit wall_ms: 20000
// limit cpu_ms: 20000
// expect status: memory | crashed
const head = [0, 97, 115, 109, 1, 0, 0, 0, 1, 4, 1, 96, 0, 0]
const leb = (n) => { const o = []; do { o.push((n & 127) | (n > 127 ? 128 : 0)); n >>= 7 } while (n); return o }
const count = 20000
const body = [0x02, 0x00, 0x0b]
const functions = [...leb(count), ...Array(count).fill(0)]
const bodies = [...leb(count), ...Array(count).fill(body).flat()]
const bytes = new Uint8Array([...head, 3, ...leb(functions.length), ...functions, 10, ...leb(bodies.length), ...bodies])
const all = []; for (;;) all.push(new WebAssembly.Instance(new WebAssembly.Module(bytes)))
