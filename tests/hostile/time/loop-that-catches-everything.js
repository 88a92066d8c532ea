// limit wall_ms: 300
// expect status: wall_time
function again() { try { for (;;); } catch { again() } finally { again() } } again()
