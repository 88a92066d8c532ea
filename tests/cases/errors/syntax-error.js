// expect error: SyntaxError: Unexpected token ';' (main.js:2:9)
let a = ;
