// expect error: TypeError: Cannot read private member #x from an object whose class did not declare it (main.js:2:45)
class A { #x = 1; static read(a) { return a.#x } }
A.read({})
