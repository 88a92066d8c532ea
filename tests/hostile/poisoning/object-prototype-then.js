// expect status: ok | error
Object.prototype.then = function (resolve) { resolve('stolen') }; await 1; ({ a: 1 })
