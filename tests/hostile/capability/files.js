// expect status: ok
// expect value: undefined undefined undefined undefined
[typeof Deno, typeof require, typeof process, typeof Bun].join(' ')
