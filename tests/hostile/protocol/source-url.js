// limit output_bytes: 65536
// expect status: error
eval('throw new Error("x") //# sourceURL=' + 'a'.repeat(1e5))
