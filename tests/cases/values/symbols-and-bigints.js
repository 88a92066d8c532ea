// expect value: [ Symbol(s), Symbol(Symbol.iterator), 10n, -5n ]
[Symbol("s"), Symbol.iterator, 10n, -5n]
