// limit output_bytes: 65536
// expect status: error
const e = new Error('x'); e.name = 'N'.repeat(1e7); throw e
