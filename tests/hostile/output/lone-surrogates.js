// limit output_bytes: 65536
// expect status: ok
console.log('\ud800', '\udfff\ud800', { ['\ud800']: '\udc00' }); '\ud800'.length
