// expect status: ok
// expect value: undefined undefined undefined
[typeof inspect, typeof $0, typeof queryObjects].join(' ')
