// expect status: ok
// expect value: 0
const b = new ArrayBuffer(8, { maxByteLength: 64 }); const a = new Uint8Array(b); structuredClone(b, { transfer: [b] }); a.length
