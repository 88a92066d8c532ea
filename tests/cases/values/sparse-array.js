// expect value: [ <5 empty items>, 1, <4294967287 empty items>, 2 ]
const a = []; a[5] = 1; a[4294967294 - 1] = 2; a
