// expect status: error | memory
new WebAssembly.Memory({ initial: 65536 })
