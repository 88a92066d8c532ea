// expect status: ok
EventTarget.prototype.dispatchEvent = () => { throw new Error('d') }; EventTarget.prototype.addEventListener = () => { throw new Error('a') }; globalThis.Event = null; const c = new AbortController(); c.abort(); setTimeout(() => {}, 1); 1
