// expect value: -0
await 0; -0
