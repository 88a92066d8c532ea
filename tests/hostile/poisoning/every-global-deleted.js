// expect status: ok
// expect value: 3
for (const k of Object.getOwnPropertyNames(globalThis)) try { delete globalThis[k] } catch {} 1 + 2
