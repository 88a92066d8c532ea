// expect value: 5
await (async () => 5)()
