// limit wall_ms: 300
// expect status: wall_time
await new Response_like(); function Response_like() { const s = new ReadableStream({ pull(c) { c.enqueue(1) } }); return s.pipeTo(new WritableStream({ write() {} })) }
