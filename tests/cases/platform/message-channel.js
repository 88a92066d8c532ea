// expect value: { a: 1 }
const { port1, port2 } = new MessageChannel(); const got = new Promise((r) => { port2.onmessage = (e) => { r(e.data); port2.close(); }; }); port1.postMessage({ a: 1 }); await got
