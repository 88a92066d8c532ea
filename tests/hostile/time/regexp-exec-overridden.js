// limit wall_ms: 300
// expect status: wall_time | memory
RegExp.prototype.exec = () => ({ index: 0, 0: '', length: 1 }); ''.replace(/x/g, '')
