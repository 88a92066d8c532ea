// limit output_bytes: 65536
// expect status: ok
({ ['k'.repeat(1e7)]: 1 })
