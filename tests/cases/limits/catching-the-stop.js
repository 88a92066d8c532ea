// limit wall_ms: 200
// expect status: wall_time
for (;;) { try { while (true) {} } catch {} finally { for (;;) {} } }
