// expect value: 5
await 0; Object.freeze(globalThis); 5
