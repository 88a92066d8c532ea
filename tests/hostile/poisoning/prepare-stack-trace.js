// expect status: error
Error.prepareStackTrace = () => { throw new Error('prepare') }; throw new Error('x')
