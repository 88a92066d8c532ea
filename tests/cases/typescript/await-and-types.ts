// expect error: TypeError: late (main.ts:4:7)
type Late = Promise<number>;
const late: Late = Promise.resolve(1);
throw new TypeError(await late ? "late" : "");
