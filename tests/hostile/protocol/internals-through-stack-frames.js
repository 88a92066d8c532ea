// expect status: ok
// expect value: false
Error.prepareStackTrace = (_, frames) => frames; const seen = new Error('x').stack.map((f) => f.getThis?.() ?? f.getFunction?.()); seen.some((x) => x && x !== globalThis && typeof x === 'object' && ('core' in x || 'ops' in x))
