// expect value: true true true [object console] undefined
const prototype = Object.getPrototypeOf(console);
`${Object.keys(prototype).length === 0} ${Object.getPrototypeOf(prototype) === Object.prototype} ${Object.keys(console).includes('groupCollapsed')} ${console} ${typeof console.createTask}`
