// expect error: SyntaxError: Expression expected (main.ts:3:17)
const ok: number = 1;
let b: string = ;
