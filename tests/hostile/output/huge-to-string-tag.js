// limit output_bytes: 65536
// expect status: output | ok
({ [Symbol.toStringTag]: 't'.repeat(1e7) })
