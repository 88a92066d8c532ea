// expect status: error
new WebAssembly.Memory({ initial: 65536 })
