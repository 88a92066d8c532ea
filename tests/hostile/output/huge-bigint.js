// limit output_bytes: 65536
// expect status: output | ok
2n ** 1_000_000n
