// expect value: [ 1970-01-01T00:00:00.000Z, Invalid Date ]
[new Date(0), new Date(NaN)]
