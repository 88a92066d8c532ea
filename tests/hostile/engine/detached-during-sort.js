// expect status: ok
const b = new ArrayBuffer(80); const a = new Float64Array(b); a.sort(() => { if (b.byteLength) structuredClone(b, { transfer: [b] }); return 1 }); 1
