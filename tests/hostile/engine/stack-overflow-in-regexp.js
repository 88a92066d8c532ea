// expect status: error | ok | memory
/(?:a|b)*c/.test('ab'.repeat(5e6))
