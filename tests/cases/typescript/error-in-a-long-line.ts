// expect error: Error: here (main.ts:2:56)
const a: number = 1; const b: string = 'é😀'; if (a) { throw new Error('here') }
