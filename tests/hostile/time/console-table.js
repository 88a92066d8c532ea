// limit wall_ms: 20000
// limit cpu_ms: 20000
// expect status: ok
console.table(new Proxy([], { get() { for (;;); } })); console.table([{ get a() { for (;;); } }]); 1
