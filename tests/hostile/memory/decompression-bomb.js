// limit memory_bytes: 33554432
// limit wall_ms: 20000
// limit cpu_ms: 20000
// expect status: memory | crashed
const zeros = new CompressionStream('gzip'); const writer = zeros.writable.getWriter()
const written = (async () => { for (let i = 0; i < 60; i++) await writer.write(new Uint8Array(1 << 22)); await writer.close() })()
const all = []; for await (const part of zeros.readable.pipeThrough(new DecompressionStream('gzip'))) all.push(part)
await written; all.length
