// expect value: 1.234.567,891
new Intl.NumberFormat("de-DE").format(1234567.891)
