// expect value: abort
const signal = AbortSignal.timeout(5);
for (let id = 0; id < 1000; ++id) { clearTimeout(id); clearInterval(id); }
new Promise((done) => signal.addEventListener('abort', (event) => done(event.type)))
