// expect status: error | ok
await import(URL.createObjectURL(new Blob(['export default 1'], { type: 'text/javascript' })))
