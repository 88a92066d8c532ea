// limit wall_ms: 300
// expect status: wall_time | error
throw { toString() { for (;;); }, valueOf() { for (;;); }, [Symbol.toPrimitive]() { for (;;); } }
