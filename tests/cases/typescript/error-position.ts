// expect error: Error: deep (main.ts:8:3)
interface Unused {
  a: string;
}
type Also = Unused | null;
function fail(value: Also): never {
  /* 🙂 */
  throw new Error(value === null ? "deep" : "no");
}
fail(null);
