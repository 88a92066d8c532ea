// limit output_bytes: 65536
// expect status: ok
({ [Symbol.toStringTag]: 't'.repeat(1e7) })
