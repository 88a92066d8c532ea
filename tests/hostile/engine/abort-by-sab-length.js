// expect status: memory
new SharedArrayBuffer(2 ** 53 - 1)
