// expect console group: one
// expect console groupCollapsed: two
// expect console log: deep
// expect console groupEnd:
// expect console groupEnd:
// expect console groupEnd:
// expect console log: flat
// expect value: undefined
console.group('one');
console.groupCollapsed('two');
console.log('deep');
console.groupEnd();
console.groupEnd();
console.groupEnd();
console.log('flat')
