// expect status: ok
Object.prototype.then = function (resolve) { resolve('stolen') }; await 1; ({ a: 1 })
