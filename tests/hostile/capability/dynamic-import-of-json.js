// expect status: error
await import('/etc/passwd', { with: { type: 'json' } })
