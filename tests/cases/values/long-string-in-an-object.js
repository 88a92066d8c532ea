// expect value: 11
'a'.repeat(11).length
