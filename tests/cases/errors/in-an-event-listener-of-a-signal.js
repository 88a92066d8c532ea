// expect error: RangeError: listener (main.js:3:59)
const controller = new AbortController();
controller.signal.addEventListener('abort', () => { throw new RangeError('listener') });
controller.abort();
'goes on'
