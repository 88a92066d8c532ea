// expect error: RangeError: no (main.ts:2:31)
export default Promise.reject(new RangeError("no") as Error);
