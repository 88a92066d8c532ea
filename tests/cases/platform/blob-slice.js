// expect value: ell text/plain
const part = new Blob(['hello']).slice(1, 4, 'text/plain');
`${await part.text()} ${part.type}`
