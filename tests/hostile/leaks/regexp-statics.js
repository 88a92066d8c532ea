// expect status: ok
// expect value: false
const before = RegExp.lastMatch; /planted/.test('planted'); before === 'planted'
