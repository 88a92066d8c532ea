// expect status: error
await import('node:fs')
