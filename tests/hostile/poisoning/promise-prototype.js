// expect status: ok
// expect value: 7
Promise.prototype.then = Promise.prototype.catch = Promise.prototype.finally = () => { throw new Error('then') }; Promise.resolve = Promise.reject = () => { throw new Error('resolve') }; console.log(1); await 7
