// expect value: { a: 7 }
const globalThis = 5; await 0; ({ a: 7 })
