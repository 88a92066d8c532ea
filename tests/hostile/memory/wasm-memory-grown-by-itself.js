// limit memory_bytes: 33554432
// limit wall_ms: 20000
// limit cpu_ms: 20000
// expect status: memory
// (module (memory (export "m") 1 2048) (func (export "g") (param i32) (result i32) local.get 0 memory.grow))
const b = new Uint8Array([0, 97, 115, 109, 1, 0, 0, 0, 1, 6, 1, 96, 1, 127, 1, 127, 3, 2, 1, 0, 5, 5, 1, 1, 1, 128, 16, 7, 9, 2, 1, 109, 2, 0, 1, 103, 0, 0, 10, 8, 1, 6, 0, 32, 0, 64, 0, 11])
const module = new WebAssembly.Module(b); const all = []
for (;;) { const { m, g } = new WebAssembly.Instance(module).exports; g(1000); new Uint8Array(m.buffer).fill(1); all.push(m) }
