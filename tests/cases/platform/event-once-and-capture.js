// expect value: capture once bubble capture bubble
const target = new EventTarget(), order = [];
target.addEventListener('x', () => order.push('capture'), true);
target.addEventListener('x', () => order.push('once'), { once: true });
target.addEventListener('x', () => order.push('bubble'));
target.dispatchEvent(new Event('x'));
target.dispatchEvent(new Event('x'));
order.join(' ')
