// expect value: 42
function twice(method: () => number, _context: unknown) {
  return function (this: unknown): number { return 2 * method.call(this); };
}
class Answer {
  @twice
  half(): number { return 21; }
}
new Answer().half();
