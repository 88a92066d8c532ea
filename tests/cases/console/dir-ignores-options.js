// expect console dir: { a: 1 }
// expect console dir: 'text'
// expect console dir: undefined
// expect value: undefined
console.dir({ a: 1 }, { depth: 0 });
console.dir('text');
console.dir()
