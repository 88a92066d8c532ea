// expect status: error
await import('data:text/javascript,export default 1')
