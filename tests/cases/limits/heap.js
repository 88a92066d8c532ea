// limit memory_bytes: 33554432
// expect status: memory
const all = []; while (true) all.push({ x: [1, 2, 3] })
