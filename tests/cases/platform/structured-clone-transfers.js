// expect value: [ 0, 8 ]
const b = new ArrayBuffer(8); const c = structuredClone(b, { transfer: [b] }); [b.byteLength, c.byteLength]
