// expect error: Uncaught { code: 5 }
setTimeout(() => { throw { code: 5 }; });
1
