// expect status: ok
// expect value: []
const seen = []; for (const m of ['apply', 'call', 'bind']) { const original = Function.prototype[m]; Function.prototype[m] = function (...a) { if (String(this).includes('op_')) seen.push(m); return Reflect.apply(original, this, a) } } console.log({ a: 1 }); setTimeout(() => {}); structuredClone({}); new URL('http://x'); seen
