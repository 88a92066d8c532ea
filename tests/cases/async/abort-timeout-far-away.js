// expect value: false
const signal = AbortSignal.timeout(2 ** 40);
await new Promise((done) => setTimeout(done, 5));
signal.aborted
