// limit wall_ms: 300
// expect status: wall_time
class P extends Promise { static get [Symbol.species]() { for (;;); } } new P((r) => r(1)).then(() => 1)
