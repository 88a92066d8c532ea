// expect value: <ref *1> { list: [ [Circular *1] ] }
const a = { list: [] }; a.list.push(a); a
