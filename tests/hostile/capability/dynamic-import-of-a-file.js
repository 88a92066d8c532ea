// expect status: error
await import('file:///etc/passwd')
