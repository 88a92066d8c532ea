// expect value: [
// expect value:     0,   1,   4,   9,  16,  25,  36,  49,
// expect value:    64,  81, 100, 121, 144, 169, 196, 225,
// expect value:   256, 289, 324, 361, 400, 441, 484, 529,
// expect value:   576, 625, 676, 729, 784, 841
// expect value: ]
Array.from({ length: 30 }, (_, i) => i * i)
