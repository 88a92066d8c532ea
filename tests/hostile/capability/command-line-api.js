// expect status: ok
// expect value: undefined undefined undefined
await 1; [typeof $_, typeof monitorEvents, typeof queryObjects].join(' ')
