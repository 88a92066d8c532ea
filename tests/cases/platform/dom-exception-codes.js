// expect value: AbortError 20 true
const error = new DOMException('x', 'AbortError');
`${error.name} ${error.code} ${error instanceof Error}`
