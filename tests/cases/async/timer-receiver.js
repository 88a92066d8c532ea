// expect value: true
new Promise((done) => setTimeout(function () { done(this === globalThis) }, 1))
