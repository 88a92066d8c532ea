// expect value: [ true, 300 ]
const ids = Array.from({ length: 300 }, () => crypto.randomUUID());
[ids.every((id) => /^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/.test(id)), new Set(ids).size]
