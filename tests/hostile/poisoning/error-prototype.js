// expect status: error
for (const k of ['name', 'message', 'stack', 'toString', 'cause']) Object.defineProperty(Error.prototype, k, { get() { throw new Error('poison') }, set() { throw new Error('poison') } }); throw new RangeError('x')
