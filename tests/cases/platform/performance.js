// expect value: true
const a = performance.now(); const b = performance.now(); a >= 0 && b >= a && Math.abs(performance.timeOrigin + a - Date.now()) < 60000
