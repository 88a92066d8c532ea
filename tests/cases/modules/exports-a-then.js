// expect console log: then
// expect value: undefined
import("./thenable.js");
undefined;
// file thenable.js
export function then(resolve) {
  console.log("then");
  resolve(1);
}
