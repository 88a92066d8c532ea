// expect status: ok
structuredClone.call = null; globalThis.DOMException = null; Object.prototype.transfer = 5; try { structuredClone(() => {}) } catch {} 1
