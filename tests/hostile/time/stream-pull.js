// limit wall_ms: 300
// expect status: wall_time
await new ReadableStream({ pull(c) { c.enqueue(1) } }).pipeTo(new WritableStream({ write() {} }))
