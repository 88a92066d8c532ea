// expect status: ok
// expect value: undefined undefined undefined
[typeof process, typeof quit, typeof exit].join(' ')
