// expect value: [ 1, 'a' ]
const pair = <A, B>(a: A, b: B): [A, B] => [a, b];
function* g<T>(x: T): Generator<T> { yield x }
[...g(1), pair(2, 'a')[1]]
