// expect value: undefined
type A = number;
interface B { a: A }
declare function f(): void;
