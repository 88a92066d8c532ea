// expect status: output
const s = "x".repeat(4e6); console.log(...Array(500).fill(s))
