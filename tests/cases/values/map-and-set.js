// expect value: [ Map(1) { 'k' => 1 }, Set(2) { 1, 'a' } ]
[new Map([["k", 1]]), new Set([1, "a"])]
