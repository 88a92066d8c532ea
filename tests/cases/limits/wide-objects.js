// expect status: output
console.log(...Array(2000).fill({ a: Array(10).fill("x".repeat(9000)) }))
