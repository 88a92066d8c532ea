// expect status: error | memory
new SharedArrayBuffer(2 ** 53 - 1)
