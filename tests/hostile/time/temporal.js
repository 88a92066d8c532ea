// limit wall_ms: 300
// expect status: wall_time
for (;;) Temporal.PlainDate.from('2020-01-01').until('+275760-09-13', { largestUnit: 'days' })
