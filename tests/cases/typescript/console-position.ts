// expect console trace: Trace: here\n    at show (main.ts:6:11)\n    at main.ts:8:1
// expect value: undefined
type A = 1;
type B = 2;
function show(what: string): void {
  console.trace(what);
}
show("here");
