// expect value: true false
queueMicrotask(() => {});
`${'queueMicrotask' in globalThis} ${Object.keys(globalThis).includes('queueMicrotask')}`
