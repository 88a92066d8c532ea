// expect value: [Error: e]
const e = new Error("e"); e.stack = "Error: e"; e
