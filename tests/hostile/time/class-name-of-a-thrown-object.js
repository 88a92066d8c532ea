// limit wall_ms: 300
// expect status: wall_time | error
class E extends Error { static get name() { for (;;); } get name() { for (;;); } get [Symbol.toStringTag]() { for (;;); } } throw new E('x')
