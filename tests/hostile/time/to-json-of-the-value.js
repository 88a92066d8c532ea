// limit wall_ms: 300
// expect status: ok
({ toJSON() { for (;;); }, toString() { for (;;); }, [Symbol.toPrimitive]() { for (;;); } })
