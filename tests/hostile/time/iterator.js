// limit wall_ms: 300
// expect status: wall_time
for (const x of { [Symbol.iterator]() { return { next() { return { done: false } } } } });
