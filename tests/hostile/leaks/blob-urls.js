// expect status: ok
// expect value: true
const url = URL.createObjectURL(new Blob(['x'])); url.startsWith('blob:')
