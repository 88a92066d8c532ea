// expect status: error
eval('\0'.repeat(1e5))
