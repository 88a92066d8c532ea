// expect value: 199998001
const a = []; for (let i = 0; i < 1e5; ++i) a[i * 2000] = 1; a.length
