// expect value: 1000000
new Array(1e6).fill(7).length
