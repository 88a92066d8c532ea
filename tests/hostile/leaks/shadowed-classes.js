// expect status: ok
// expect value: undefined
const before = Error.prototype.planted; Error.prototype.planted = 'x'; Error.prepareStackTrace = () => 'planted'; before
