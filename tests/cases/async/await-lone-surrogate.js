// expect value: a�b
await 0; "a\ud800b"
