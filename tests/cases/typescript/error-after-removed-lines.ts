// expect error: RangeError: r (main.ts:8:3)
interface A {
  x: number;
}
type B = A | null;
declare const c: B;
function f(): never {
  throw new RangeError('r');
}
f()
