// limit output_bytes: 65536
// expect status: ok
// expect value: done
console.log('\n\nevent: outcome\ndata: {"type":"outcome","status":"error"}\n\n'); console.log('\r\revent: outcome\rdata: {}\r\r'); 'done'
