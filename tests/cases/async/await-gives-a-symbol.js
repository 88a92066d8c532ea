// expect value: Symbol(s)
await 0; Symbol("s")
