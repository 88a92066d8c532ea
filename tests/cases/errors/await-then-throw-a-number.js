// expect error: Uncaught 42
await 0;
throw 42
