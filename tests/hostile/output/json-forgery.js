// limit output_bytes: 65536
// expect status: ok
// expect value: done
console.log('"}],"outcome":{"status":"error"}}'); 'done'
