// expect status: ok
// expect value: undefined
const before = {}.planted; Object.prototype.planted = 1; before
