// expect error: Error: the promise is still pending and nothing is left that could settle it
await new Promise(() => {})
