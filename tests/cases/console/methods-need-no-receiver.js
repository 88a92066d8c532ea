// expect console log: free
// expect console warn: moved
// expect value: undefined
const { log, warn } = console;
log('free');
warn.call(null, 'moved')
