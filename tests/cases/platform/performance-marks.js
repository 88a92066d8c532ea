// expect value: true measure
performance.mark('a');
performance.mark('b');
const measure = performance.measure('m', 'a', 'b');
`${measure.duration >= 0} ${measure.entryType}`
