// expect status: ok
// expect value: []
const seen = []; const push = Array.prototype.push; Array.prototype.push = function (...a) { if (a.some((x) => typeof x === 'function' && /^op_/.test(x.name))) seen[seen.length] = 1; return Reflect.apply(push, this, a) }; console.log(1); queueMicrotask(() => {}); new EventTarget().addEventListener('x', () => {}); seen
