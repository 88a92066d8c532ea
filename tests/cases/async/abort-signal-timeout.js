// expect value: abort
await new Promise((resolve) => AbortSignal.timeout(5).addEventListener("abort", (event) => resolve(event.type)))
