// expect error: CompileError: bad.wasm: WasmModuleObject::Compile(): expected 4 bytes, fell off end @+4 (main.js:2:8)
import "./bad.wasm";
// file bad.wasm
AGFzbQ==
