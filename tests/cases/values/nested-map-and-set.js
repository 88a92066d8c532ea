// expect value: Map(1) { 'a' => Set(2) { 1, [ 2 ] } }
new Map([['a', new Set([1, [2]])]])
