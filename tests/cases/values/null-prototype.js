// expect value: [Object: null prototype] { a: 1 }
Object.assign(Object.create(null), { a: 1 })
