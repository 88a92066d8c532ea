// limit memory_bytes: 33554432
// expect status: memory
const all = []; while (true) all.push(new ArrayBuffer(1 << 20))
