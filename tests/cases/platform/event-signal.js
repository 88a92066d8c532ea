// expect value: 1
const target = new EventTarget(), controller = new AbortController();
let calls = 0;
target.addEventListener('x', () => ++calls, { signal: controller.signal });
target.dispatchEvent(new Event('x'));
controller.abort();
target.dispatchEvent(new Event('x'));
calls
