// expect status: ok
// expect value: UTC
Intl.DateTimeFormat().resolvedOptions().timeZone
