// expect value: 0 UTC
`${new Date(0).getTimezoneOffset()} ${Intl.DateTimeFormat().resolvedOptions().timeZone}`
