// expect value: { a: 1 }
Promise.resolve({ a: 1 })
