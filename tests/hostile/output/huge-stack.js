// limit output_bytes: 65536
// expect status: error
const e = new Error('x'); e.stack = 's'.repeat(1e7); throw e
