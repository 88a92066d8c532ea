// expect status: error
const e = new Error('x'); e.stack = 'Error: x\n    at f (/etc/passwd:1:1)\n    at ../../x:999999999999999999999:-5\n'.repeat(1000); throw e
