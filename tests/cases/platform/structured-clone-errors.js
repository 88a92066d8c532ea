// expect value: RangeError r 7
const copy = structuredClone(Object.assign(new RangeError('r'), { cause: 7 }));
`${copy.name} ${copy.message} ${structuredClone(new Error('x', { cause: 7 })).cause}`
