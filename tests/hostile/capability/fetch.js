// expect status: ok
// expect value: undefined undefined undefined undefined
[typeof fetch, typeof WebSocket, typeof XMLHttpRequest, typeof EventSource].join(' ')
