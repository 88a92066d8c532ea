// expect status: memory
new Array(3e7).fill(0).length
