// expect status: ok
// expect value: true
let early = false; const first = setTimeout(() => {}, 1); first < 10
