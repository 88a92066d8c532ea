// expect value: true
interface Unused {
  a: string;
}
function inner(): string | undefined {
  return new Error("x").stack;
}
const text = inner() ?? "";
text.includes("at inner (main.ts:6:10)") && text.includes("main.ts:8:14");
