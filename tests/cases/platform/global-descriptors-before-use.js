// expect value: all as browsers have them
// A global of the platform looks the same whether or not anything has used it.
const complaints = [];
for (const name of ["URL", "ReadableStream", "TextEncoder", "Blob", "Event", "DOMException", "atob", "structuredClone"]) {
  if (!Object.hasOwn(globalThis, name) || !(name in globalThis) || Object.keys(globalThis).includes(name)) complaints.push(`${name} is not there`);
  const { value, writable, enumerable, configurable, get, set } = Object.getOwnPropertyDescriptor(globalThis, name);
  if (typeof value !== "function" || !writable || enumerable || !configurable || get || set) complaints.push(name);
  if (value !== globalThis[name] || value.name !== name) complaints.push(`${name} is another`);
}
complaints.join() || "all as browsers have them"
