// expect value: Set(1) { 2 }
new Set([1, 2]).intersection(new Set([2, 3]))
