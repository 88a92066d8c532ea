// expect value: as browsers have them
// What of the engine's own looks as in browsers: no function of the platform is a constructor, and `crypto` is an accessor.
const complaints = [];
for (const name of ["setTimeout", "setInterval", "clearTimeout", "clearInterval", "queueMicrotask"]) {
  if (Object.hasOwn(globalThis[name], "prototype")) complaints.push(`${name} has a prototype`);
  if (globalThis[name].name !== name) complaints.push(`${name} has another name`);
  try { new globalThis[name](() => {}); complaints.push(`${name} is a constructor`) } catch {}
}
const { get, set, value, enumerable, configurable } = Object.getOwnPropertyDescriptor(globalThis, "crypto");
if (value !== undefined || enumerable || !configurable) complaints.push("crypto is no accessor");
for (const [accessor, name, length] of [[get, "get crypto", 0], [set, "set crypto", 1]]) {
  if (accessor.name !== name || accessor.length !== length) complaints.push(`${name} is ${accessor.name}`);
  if (Object.hasOwn(accessor, "prototype")) complaints.push(`${name} is a constructor`);
}
if (typeof crypto.randomUUID() !== "string") complaints.push("crypto does nothing");
crypto = 1;
if (Object.getOwnPropertyDescriptor(globalThis, "crypto").value !== 1) complaints.push("crypto is not replaced");
complaints.join() || "as browsers have them"
