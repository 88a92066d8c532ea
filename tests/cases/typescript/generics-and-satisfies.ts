// expect value: [ 1, 'a' ]
function pair<A, B>(a: A, b: B): [A, B] { return [a, b]; }
abstract class Base<T> { abstract get(): T; declare hidden: string; }
class Derived extends Base<number> { override get() { return 1; } }
pair(new Derived().get()!, "a" satisfies string);
