// limit output_bytes: 65536
// expect status: ok
2n ** 1_000_000n
