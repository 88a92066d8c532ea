// expect value: 7
globalThis.seven = 0;
setTimeout('seven = 7', 1);
new Promise((done) => setTimeout(() => done(seven), 5))
