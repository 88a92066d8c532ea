// expect value: object
const s = new AbortController().signal; for (const k of Object.getOwnPropertySymbols(s)) Object.defineProperty(s, k, { get() { console.log("touched"); } }); typeof s
