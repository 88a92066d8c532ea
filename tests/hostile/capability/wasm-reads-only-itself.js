// expect status: error
// (module (memory 1) (func (export "f") (param i32) (result i32) local.get 0 i32.load offset=4294967295))
const b = new Uint8Array([0, 97, 115, 109, 1, 0, 0, 0, 1, 6, 1, 96, 1, 127, 1, 127, 3, 2, 1, 0, 5, 3, 1, 0, 1, 7, 5, 1, 1, 102, 0, 0, 10, 13, 1, 11, 0, 32, 0, 40, 2, 255, 255, 255, 255, 15, 11]); new WebAssembly.Instance(new WebAssembly.Module(b)).exports.f(-1)
