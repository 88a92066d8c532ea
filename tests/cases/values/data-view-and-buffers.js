// expect value: 2
new DataView(new ArrayBuffer(2)).byteLength
