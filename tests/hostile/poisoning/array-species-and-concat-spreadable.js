// expect status: ok
// expect value: [ 1 ]
Object.defineProperty(Array, Symbol.species, { get() { throw new Error('species') } }); Array.prototype[Symbol.isConcatSpreadable] = false; console.log('a', [1], [2]); [1]
