// limit output_bytes: 65536
// expect status: output
(function again() { console.warn('x'); return Promise.resolve().then(again) })()
