// limit memory_bytes: 33554432
// limit wall_ms: 20000
// limit cpu_ms: 20000
// expect status: memory | crashed
for (let i = 0; ; i++) globalThis['f' + i] = new Function('return ' + i + ' + "' + 'x'.repeat(1e4) + '"')
