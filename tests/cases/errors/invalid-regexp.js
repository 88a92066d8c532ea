// expect error: SyntaxError: Invalid regular expression: /(/: Unterminated group (main.js:2:1)
new RegExp('(')
