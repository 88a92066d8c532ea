// limit output_bytes: 65536
// expect status: error
const f = { ['f'.repeat(1e6)]() { throw new Error('x') } }; f['f'.repeat(1e6)]()
