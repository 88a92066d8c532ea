// expect error: SyntaxError: Expected property name or '}' in JSON at position 1 (line 1 column 2) (main.js:2:6)
JSON.parse('{x}')
