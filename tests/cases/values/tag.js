// expect value: { a: 1, [Symbol(Symbol.toStringTag)]: 'T' }
({ [Symbol.toStringTag]: "T", a: 1 })
