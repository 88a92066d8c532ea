// expect value: [ Promise { 1 }, Promise { <pending> } ]
[Promise.resolve(1), new Promise(() => {})]
