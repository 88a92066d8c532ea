// expect error: TypeError: the argument of queueMicrotask is not a function (main.js:2:1)
queueMicrotask('code')
