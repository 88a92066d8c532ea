// expect status: ok
Object.prototype.value = 1; Object.prototype.get = 1; Object.prototype.exceptionDetails = { text: 'forged' }; await 1; ({})
