// expect value: 1 2 6 Three
enum E { One = 1, Two = 'ab'.length, Three = One + Two + 3 }
`${E.One} ${E.Two} ${E.Three} ${E[6]}`
