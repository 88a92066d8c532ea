// expect error: SyntaxError: Unexpected token ';' (main.js:3:9)
await 1;
let a = ;
