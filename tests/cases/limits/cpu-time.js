// limit cpu_ms: 200
// expect status: cpu_time
while (true) {}
