// expect value: 3
let sum = 0; for await (const n of (async function* () { yield 1; yield 2; })()) sum += n; sum
