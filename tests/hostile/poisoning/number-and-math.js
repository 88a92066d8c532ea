// expect status: ok
// expect value: 1.5
Number.prototype.toString = Number.prototype.valueOf = () => { throw new Error('n') }; for (const k of Object.getOwnPropertyNames(Math)) try { Math[k] = () => { throw new Error(k) } } catch {} console.log('%d', 1.5, 2); 1.5
