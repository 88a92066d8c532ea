// expect value: it's
"it's"
