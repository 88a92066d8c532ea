// expect console log: before
// expect console clear:
// expect console log: after
// expect value: undefined
console.log('before');
console.clear();
console.log('after')
