// limit wall_ms: 20000
// limit cpu_ms: 20000
// expect status: memory | crashed
new WebAssembly.Table({ element: 'anyfunc', initial: 10_000_000 })
