// expect error: Error: x (main.ts:2:41)
type A = 1; const smile: string = "🙂"; throw new Error("x");
