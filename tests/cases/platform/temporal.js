// expect value: 2026-02-28
Temporal.PlainDate.from("2026-01-31").add({ months: 1 }).toString()
