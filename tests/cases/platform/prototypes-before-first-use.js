// expect value: []
// Nothing of the platform's scripts meets what a program has added before they were evaluated.
const seen = [];
const names = ["value", "get", "set", "writable", "enumerable", "configurable", "required", "defaultValue", "key", "converter", "converters", "Blob", "URL", "URLSearchParams", "Event", "ReadableStream", "brand", "name", "message", "core", "ops", "primordials", "internals", "loadExtScript", "send", "receive", "prototype", "length", "0", "1", "2", "3", "type", "signal", "unsigned long", "DOMString", "any", "AbortSignal", "UnderlyingSource", "highWaterMark", "EventInit", "constructorOptions"];
for (const prototype of [Object.prototype, Array.prototype, Function.prototype]) {
  for (const name of names) {
    if (Object.hasOwn(prototype, name)) continue;
    Object.defineProperty(prototype, name, { __proto__: null, get() { seen.push(name); }, set(value) { seen.push(`set ${name}`); }, configurable: true, enumerable: true });
  }
}
const before = Reflect.ownKeys(Object.prototype).join("|", 1) + Reflect.ownKeys(Array.prototype).length;
void [URL, Blob, ReadableStream, CompressionStream, structuredClone, URLPattern, FileReader, performance, TextEncoder, AbortSignal, atob, CryptoKey, crypto, MessageChannel, DOMException];
const found = seen.slice();
if (before !== Reflect.ownKeys(Object.prototype).join("|", 1) + Reflect.ownKeys(Array.prototype).length) found[found.length] = "not put back";
for (const prototype of [Object.prototype, Array.prototype, Function.prototype]) for (const name of names) if (name !== "length" && name !== "name" && name !== "prototype") delete prototype[name];
found
