// expect status: error
await import('ext:core/ops')
