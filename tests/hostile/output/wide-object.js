// limit output_bytes: 65536
// expect status: ok | output
Object.fromEntries(Array.from({ length: 3e5 }, (_, i) => ['key' + i, i]))
