// expect status: ok
const b = new ArrayBuffer(1000, { maxByteLength: 1000 }); const a = new Uint8Array(b); a.fill({ valueOf() { b.resize(0); return 1 } }); 1
