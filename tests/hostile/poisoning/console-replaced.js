// expect status: ok
// expect value: 1
globalThis.console = { log() { throw new Error('x') } }; setTimeout(() => {}, 1); 1
