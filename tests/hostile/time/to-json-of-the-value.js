// limit wall_ms: 20000
// limit cpu_ms: 20000
// expect status: ok
({ toJSON() { for (;;); }, toString() { for (;;); }, [Symbol.toPrimitive]() { for (;;); } })
