// expect value: microtask,timer
const order = []; setTimeout(() => order.push("timer")); queueMicrotask(() => order.push("microtask")); await new Promise((r) => setTimeout(r, 5)); order.join()
