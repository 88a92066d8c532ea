// expect status: ok
// expect value: 1
for (const k of Object.keys(console)) { const f = console[k]; console[k] = () => f(k) } console.log('x'); console.table([1]); 1
