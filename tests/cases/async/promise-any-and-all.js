// expect value: AggregateError 2 [ 1, 2 ]
let text;
try { await Promise.any([Promise.reject(1), Promise.reject(2)]) } catch (error) { text = `${error.name} ${error.errors.length}` }
`${text} [ ${(await Promise.all([1, Promise.resolve(2)])).join(', ')} ]`
