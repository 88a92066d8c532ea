// expect status: error
await import('https://example.com/x.js')
