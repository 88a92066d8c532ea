// expect value: B 2
abstract class A { abstract name: string; get two(): number { return 2 } }
class B extends A { override name = 'B' }
const b = new B();
`${b.name} ${b.two}`
