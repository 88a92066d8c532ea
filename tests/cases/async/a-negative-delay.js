// expect value: early
new Promise((done) => { setTimeout(() => done('late'), 50); setTimeout(() => done('early'), -5) })
