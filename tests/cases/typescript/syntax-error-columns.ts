// expect error: SyntaxError: Expression expected (main.ts:2:40)
	const smile: string = "🙂"; const b = ;
