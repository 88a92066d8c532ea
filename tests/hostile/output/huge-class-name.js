// limit output_bytes: 65536
// expect status: ok
const C = { ['C'.repeat(1e6)]: class {} }['C'.repeat(1e6)]; new C()
