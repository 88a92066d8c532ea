// expect value: b=2&a=1+1&a=%26
const query = new URLSearchParams('b=2&a=1 1');
query.append('a', '&');
`${query}`
