// limit wall_ms: 20000
// limit cpu_ms: 20000
// expect status: error
class E extends Error { static get name() { for (;;); } get name() { for (;;); } get [Symbol.toStringTag]() { for (;;); } } throw new E('x')
