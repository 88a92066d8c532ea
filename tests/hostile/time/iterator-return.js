// limit wall_ms: 300
// expect status: wall_time
for (const x of { [Symbol.iterator]: () => ({ next: () => ({ done: false }), return() { for (;;); } }) }) break
