// expect value: 4 8
const buffer = new ArrayBuffer(4, { maxByteLength: 16 });
const before = buffer.byteLength;
buffer.resize(8);
`${before} ${buffer.byteLength}`
