// expect value: tick
await new Promise((resolve) => setTimeout(resolve, 5, "tick"))
