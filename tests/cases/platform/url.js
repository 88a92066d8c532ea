// expect value: https://example.com/b?q=1#h
new URL("../b?q=1#h", "https://example.com/a/").href
