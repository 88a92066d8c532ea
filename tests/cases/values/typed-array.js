// expect value: Uint8Array(3) [ 1, 2, 3 ]
new Uint8Array([1, 2, 3])
