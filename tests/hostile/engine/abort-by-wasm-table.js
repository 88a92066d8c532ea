// expect status: error | memory | crashed
new WebAssembly.Table({ element: 'anyfunc', initial: 10_000_000 })
