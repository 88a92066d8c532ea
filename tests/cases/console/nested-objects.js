// expect console log: { a: { b: { c: [Object] } }, list: [ [ [Array] ] ] }
// expect value: undefined
console.log({ a: { b: { c: { d: 1 } } }, list: [[[[1]]]] })
