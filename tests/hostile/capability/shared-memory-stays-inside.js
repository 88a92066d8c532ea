// expect status: ok
// expect value: 0
const s = new SharedArrayBuffer(8); const { port1, port2 } = new MessageChannel(); port1.postMessage(s); port1.close(); port2.close(); new Int32Array(s)[0]
