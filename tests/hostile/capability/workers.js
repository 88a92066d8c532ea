// expect status: ok
// expect value: undefined undefined undefined
[typeof Worker, typeof SharedWorker, typeof importScripts].join(' ')
