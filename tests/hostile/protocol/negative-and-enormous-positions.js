// expect status: error
eval('\n'.repeat(1e6) + ' '.repeat(1e6) + 'throw new Error("x") //# sourceURL=../../../etc/passwd')
