// expect value: A { own: 1 }
class A { own = 1; get inherited() { throw new Error('no') } }
new A()
