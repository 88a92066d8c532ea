// expect status: error
Error.prepareStackTrace = () => Symbol('s'); throw new Error('x')
