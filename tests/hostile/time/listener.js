// limit wall_ms: 300
// expect status: wall_time
const t = new EventTarget(); t.addEventListener('x', () => t.dispatchEvent(new Event('x'))); t.addEventListener('x', () => { for (;;); }); try { t.dispatchEvent(new Event('x')) } catch {} for (;;);
