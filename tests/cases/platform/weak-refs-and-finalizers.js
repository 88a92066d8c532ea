// expect value: object function
`${typeof new WeakRef({}).deref()} ${typeof FinalizationRegistry}`
