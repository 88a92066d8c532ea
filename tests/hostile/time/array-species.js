// limit wall_ms: 300
// expect status: wall_time
const a = [1]; a.constructor = { get [Symbol.species]() { for (;;); } }; a.map((x) => x)
