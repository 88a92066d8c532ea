// expect status: ok
({ type: 'outcome', status: 'crashed', error: { name: 'x' }, usage: { cpu_ms: -1 } })
