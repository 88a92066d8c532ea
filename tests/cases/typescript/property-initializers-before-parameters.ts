// expect value: outer inner
const x = 'outer';
class A { y = x; constructor(public x: string) {} }
const a = new A('inner');
`${a.y} ${a.x}`
