// expect value: Map(1) { 'a' => 1970-01-01T00:00:00.000Z }
const m = new Map([["a", new Date(0)]]); structuredClone(m)
