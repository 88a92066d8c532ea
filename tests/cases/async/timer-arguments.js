// expect value: [ 1, 'two', undefined ]
new Promise((done) => setTimeout((...args) => done(args), 1, 1, 'two', undefined))
