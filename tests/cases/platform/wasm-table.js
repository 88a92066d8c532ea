// expect value: 2 function
const table = new WebAssembly.Table({ initial: 2, element: 'anyfunc' });
`${table.length} ${typeof WebAssembly.instantiate}`
