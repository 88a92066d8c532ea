// limit output_bytes: 65536
// expect status: ok
// expect value: done
console.log('\x1b[2J\x1b]0;title\x07\r\n\0\u2028\u2029\u202e\ufeff\uffff'); 'done'
