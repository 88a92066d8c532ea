// limit output_bytes: 300
// expect console log: xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx
// expect status: output
console.log("x".repeat(90)); while (true) console.log("y".repeat(1000))
