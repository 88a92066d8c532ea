// expect status: error
new WebAssembly.Module(new Uint8Array(1e6).map((_, i) => i < 8 ? [0, 97, 115, 109, 1, 0, 0, 0][i] : i * 7))
