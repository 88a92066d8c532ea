// expect value: Map(1) { 'k' => 1 }
new Map([["k", 1]])
