// expect value: ArrayBuffer { [Uint8Contents]: <00 00 00 00>, byteLength: 4 }
new ArrayBuffer(4)
