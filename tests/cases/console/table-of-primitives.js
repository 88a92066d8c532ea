// expect console table: 5
// expect console table: undefined
// expect console table: text
// expect value: undefined
console.table(5);
console.table();
console.table('text')
