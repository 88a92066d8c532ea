// expect value: TimeoutError true
const signal = AbortSignal.timeout(1);
await new Promise((done) => signal.addEventListener('abort', done));
`${signal.reason.name} ${signal.reason instanceof DOMException}`
