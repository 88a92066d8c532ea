// expect status: output
const b = 2n ** 16000n; Array.from({ length: 50 }, () => Array(100).fill(b))
