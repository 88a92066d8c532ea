// limit wall_ms: 300
// expect status: wall_time | ok
console.table(new Proxy([], { get() { for (;;); } })); console.table([{ get a() { for (;;); } }]); 1
