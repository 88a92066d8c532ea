// expect value: TimeoutError
const any = AbortSignal.any([new AbortController().signal, AbortSignal.timeout(1)]);
await new Promise((done) => any.addEventListener('abort', done));
any.reason.name
