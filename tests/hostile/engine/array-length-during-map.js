// expect status: ok
const a = Array(1000).fill(0); a.map((x, i) => { a.length = 0; return i }).length
