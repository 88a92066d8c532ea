// limit memory_bytes: 33554432
// limit wall_ms: 20000
// limit cpu_ms: 20000
// expect status: memory | crashed
eval('class A {' + Array.from({ length: 3e5 }, (_, i) => `static m${i}() { return ${i} }`).join(';') + '}')
