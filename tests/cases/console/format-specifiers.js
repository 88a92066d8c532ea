// expect console log: Bob is 42 years and 42, 1.5% { a: 1 } !
// expect value: undefined
console.log("%s is %d years and %i, %f%% %o %c!", "Bob", 42, 42.9, 1.5, { a: 1 }, "color: red")
