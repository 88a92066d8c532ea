// expect value: a�b
"a\ud800b"
