// expect status: ok
for (const k of Object.getOwnPropertyNames(globalThis)) { const v = globalThis[k]; if (v && typeof v === 'function') { Object.freeze(v); Object.freeze(v.prototype) } } Object.freeze(globalThis); console.log(1); setTimeout(() => {}, 1); await 1
