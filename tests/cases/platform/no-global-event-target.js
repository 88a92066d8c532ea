// expect value: undefined undefined undefined
`${typeof addEventListener} ${typeof fetch} ${typeof process}`
