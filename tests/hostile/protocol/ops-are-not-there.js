// expect status: ok
// expect value: undefined undefined undefined undefined
[typeof Deno, typeof __bootstrap, typeof ext, typeof core].join(' ')
