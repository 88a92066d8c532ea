// limit output_bytes: 65536
// expect status: ok
// expect value: <img src=x onerror=alert(1)>
console.log('<script>alert(1)</script>'); '<img src=x onerror=alert(1)>'
