// expect status: ok
// expect value: false
const before = 'planted' in Math.max; Math.max.planted = 1; before
