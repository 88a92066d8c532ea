// expect value: RangeError
Promise.try(() => { throw new RangeError('x') }).catch((error) => error.name)
