// expect value:
Object.keys(globalThis).join()
