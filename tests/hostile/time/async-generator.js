// limit wall_ms: 300
// expect status: wall_time
for await (const x of (async function* () { for (;;) yield 1 })());
