// limit wall_ms: 300
// expect status: wall_time | memory
for (;;) new Intl.DateTimeFormat('ar-u-ca-islamic', { dateStyle: 'full', timeZone: 'Asia/Kathmandu' }).format(0)
